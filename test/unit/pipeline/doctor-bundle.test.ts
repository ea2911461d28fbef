import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { doctor } from "../../../src/pipeline/doctor.js";
import type { Workspace } from "../../../src/pipeline/workspace.js";
import { readEnvironment } from "../../../src/system/env.js";
import { readTar } from "../../../src/system/tar.js";

const ROOT = resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "majek-bundle-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Everything that must not be in a bundle, each from another place. */
const SECRETS = {
  proxy: "http://user:canary-proxy@proxy.invalid:8080",
  flag: "canary-flag.env",
  lab: "canary-lab",
  comment: "canary-comment",
  run: "canary-run",
};
const files = new Map<string, string>();
const noted: string[] = [];

const RUN = join("results", "shop", "20260101T000000Z-abcd");

async function put(path: string, content: string): Promise<void> {
  await mkdir(join(folder, path, ".."), { recursive: true });
  await writeFile(join(folder, path), content);
}

beforeAll(async () => {
  await put("labs/shop/lab.yaml", `# ${SECRETS.comment}\nname: shop\napp: {env: {KEY: ${SECRETS.lab}}}\n`);
  await put("labs/shop/lab.lock", '{"lockVersion":1}');
  await put("labs/shop/app/settings.py", "canary-source");
  await put("labs/broken/lab.yaml", `app: {env: {KEY: ${SECRETS.lab}`);
  await put(`${RUN}/run.json`, JSON.stringify({ id: "x", spec: { app: { env: { RUN_KEY: SECRETS.run } } } }));
  await put(`${RUN}/events.ndjson`, `{"text":"KEY is ${SECRETS.lab}, not ${SECRETS.run}"}\n`);
  await put(`${RUN}/seal.log`, `proxy ${SECRETS.proxy}, its password canary-proxy\n`);
  await put(`${RUN}/blame/seal.json`, "canary-blame");
  const variables = { HOME: folder, DOCKER_HOST: `unix://${folder}/none.sock` };
  const workspace = {
    environment: readEnvironment({ ...variables, https_proxy: SECRETS.proxy, MAJEK_LAB_ENV_FILE: SECRETS.flag }),
    workingDirectory: folder,
    packageRoot: ROOT,
    interrupts: { signal: new AbortController().signal },
    print: () => undefined,
    progress: () => ({ note: (line: string) => void noted.push(line), close: () => undefined }),
  } as unknown as Workspace;
  // The machine has no engine, which is when somebody needs help.
  await expect(doctor(workspace, { format: "json", bundle: "help.tar" })).rejects.toMatchObject({ code: "engine" });
  await readTar(Readable.from([await readFile(join(folder, "help.tar"))]), async ({ name, type }, content) => {
    if (type === "file") files.set(name.replace("majek-lab-doctor/", ""), await text(content));
  });
});

it("has versions, checks, lab files and logs, and says what it wrote", () => {
  const run = "runs/shop/20260101T000000Z-abcd";
  expect([...files.keys()].filter((name) => !name.includes("/"))).toEqual([
    "README.txt",
    "checks.json",
    "environment.txt",
    "versions.json",
  ]);
  expect([...files.keys()].filter((name) => name.includes("/"))).toEqual([
    "labs/broken/lab.yaml",
    "labs/shop/lab.lock",
    "labs/shop/lab.yaml",
    `${run}/events.ndjson`,
    `${run}/run.json`,
    `${run}/seal.log`,
  ]);
  expect(JSON.parse(files.get("checks.json") ?? "").findings).toContainEqual(
    expect.objectContaining({ check: "engine", status: "fail" }),
  );
  expect(JSON.parse(files.get("versions.json") ?? "")).toMatchObject({ engine: "none answers" });
  expect(noted.join()).toContain(join(folder, "help.tar"));
});

it("names the variables that the tool goes by, without values", () => {
  expect(files.get("environment.txt")).toBe("DOCKER_HOST\nMAJEK_LAB_ENV_FILE\nhttps_proxy\n");
});

it("has no value of a variable, no comment and no source", () => {
  const all = [...files.values()].join("\n");
  expect(all.match(/.*canary.*/g)).toBeNull();
  expect(files.get("runs/shop/20260101T000000Z-abcd/events.ndjson")).toBe('{"text":"KEY is [KEY], not [RUN_KEY]"}\n');
});
