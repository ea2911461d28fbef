import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRegistry, type TestRegistry } from "../integration/registry-setup.js";
import { FULL } from "./faults.js";
import { type InstalledTool, installTool, labelled, type Outcome } from "./tool.js";

const execute = promisify(execFile);
const LAB = "engine-matrix";
const empty = await mkdtemp(join(tmpdir(), "majek-empty-"));
let tool: InstalledTool;
let registry: TestRegistry;
let env: Record<string, string>;

const run = (args: readonly string[], more: Record<string, string> = {}): Promise<Outcome> =>
  tool.run(args, { env: { ...env, ...more } });

function good({ code, stdout, stderr }: Outcome): string {
  expect(code, stderr).toBe(0);
  return stdout;
}

async function images(): Promise<string[]> {
  const { stdout } = await execute("docker", [
    "images",
    "--format",
    "{{.Repository}}:{{.Tag}}",
    `localhost/majek-lab/${LAB}`,
  ]);
  return stdout.split("\n").filter(Boolean);
}

beforeAll(async () => {
  tool = await installTool();
  registry = await startRegistry({ tls: true, login: "basic" });
  await cp(resolve(import.meta.dirname, "../fixtures/labs", LAB), join(tool.folder, "labs", LAB), { recursive: true });
  const auth = Buffer.from("ada:lovelace").toString("base64");
  await writeFile(join(tool.folder, "config.json"), JSON.stringify({ auths: { [registry.host]: { auth } } }));
  env = { DOCKER_CONFIG: tool.folder, NODE_EXTRA_CA_CERTS: registry.authority };
});

afterAll(async () => {
  await tool.run(["down", LAB]);
  await registry.stop();
  await tool.remove();
  await rm(empty, { recursive: true, force: true });
});

describe("a lab in a registry", () => {
  let named = "";

  it("is pushed twice with the same digest", async () => {
    const first = good(await run(["push", LAB, `${registry.host}/course/lab:v1`]));
    const again = good(await run(["push", LAB, `${registry.host}/course/lab:v1`]));
    expect(again).toBe(first);
    named = first.trim().split("\n").at(-1) ?? "";
    expect(named).toMatch(/@sha256:[0-9a-f]{64}$/);
  });

  it("is not given to who did not log in", async () => {
    const { code, stderr } = await run(["pull", named], { DOCKER_CONFIG: empty });
    expect(code).toBe(1);
    expect(stderr).toContain(`next: docker login ${registry.host}`);
  });

  it("comes back to a machine that has nothing of it, and runs there without network and inputs", async () => {
    const before = await images();
    expect(before.length).toBeGreaterThan(0);
    await execute("docker", ["rmi", ...before]);
    await rm(join(tool.folder, "labs"), { recursive: true });
    // An empty content store: nothing is there but what was pulled.
    const bare = { MAJEK_LAB_CACHE: empty, MAJEK_LAB_INPUTS: "" };
    expect(good(await run(["pull", named], bare))).toContain(`next: majek-lab up ${LAB} --offline`);
    expect(await images()).toEqual(before);
    good(await run(["up", LAB, "--offline", "--requests", "50"], bare));
    expect(await labelled(LAB)).not.toEqual([]);
    good(await run(["down", LAB], bare));
    expect(await labelled(LAB)).toEqual([]);
  });

  it.runIf(FULL)("is built from source, and bit for bit the same", async () => {
    expect(good(await run(["verify", named]))).toMatch(/^bit for bit the same: \d+ images, built here from source\n/);
  });

  it("is refused whole where one byte of it was altered", async () => {
    const blobs = join(registry.storage, "docker/registry/v2/blobs/sha256");
    const files = (await readdir(blobs, { recursive: true })).filter((file) => file.endsWith("/data"));
    const sizes = await Promise.all(files.map(async (file) => ({ file, bytes: await readFile(join(blobs, file)) })));
    const largest = sizes.sort((a, b) => b.bytes.length - a.bytes.length)[0];
    if (largest === undefined) throw new Error("the registry is empty");
    largest.bytes[1000] = (largest.bytes[1000] ?? 0) ^ 1;
    await writeFile(join(blobs, largest.file), largest.bytes);
    await execute("docker", ["rmi", ...(await images())]);
    await rm(join(tool.folder, "labs"), { recursive: true });
    const { code, stderr } = await run(["pull", named]);
    expect(code).toBe(9);
    expect(stderr).toContain("is not what its name says");
    expect(await images()).toEqual([]);
    expect(await readdir(tool.folder)).not.toContain("labs");
  });
});
