import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareVersions } from "../../src/docker/connect.js";
import { LabError } from "../../src/model/errors.js";
import { contextOf, type Ground, mortalEngine, prepareGround } from "./docker-setup.js";

let ground: Ground;
beforeAll(async () => {
  ground = await prepareGround();
});
afterAll(() => ground.clean());

/** A Dockerfile on the base, with our labels, so that what a failed build leaves is cleaned. */
function dockerfile(...steps: string[]): string {
  const labels = Object.entries(ground.labels).map(([key, value]) => `LABEL ${key}=${value}`);
  return ["FROM scratch", ...labels, "ADD base.tar /", ...steps, ""].join("\n");
}

const build = (steps: readonly string[], options: Partial<Parameters<Ground["engine"]["images"]["build"]>[0]> = {}) =>
  ground.engine.images.build({
    context: contextOf(dockerfile(...steps), { "base.tar": ground.baseTar }),
    labels: ground.labels,
    ...options,
  });

describe("connectEngine", () => {
  it("tells what it talks to", () => {
    const { info } = ground.engine;
    expect(compareVersions(info.apiVersion, "1.41")).toBeGreaterThanOrEqual(0);
    expect(info.endpoint).toMatch(/^unix:\/\//);
    expect(info.cpus).toBeGreaterThan(0);
    expect(info.memoryBytes).toBeGreaterThan(1e8);
  });

  it("lets Node end by itself after every kind of call", () => {
    const folder = mkdtempSync(join(tmpdir(), "majek-alive-"));
    const root = resolve(import.meta.dirname, "../..");
    const program = join(folder, "program.ts");
    writeFileSync(
      program,
      `import { connectEngine } from "${root}/src/docker/connect.ts";
       const engine = await connectEngine({ dockerHost: ${JSON.stringify(ground.engine.info.endpoint)}, xdgRuntimeDir: undefined });
       const container = await engine.containers.create({ image: "${ground.image}", command: ["cat"], stdin: true, network: "none", labels: ${JSON.stringify(ground.labels)} });
       const attached = await container.attach();
       await container.start();
       await container.exec({ command: ["sh", "-c", "echo hi"] });
       const log = await container.logs({ follow: true });
       attached.close();
       log.close();
       await container.remove();
       process.stdout.write("ready");`,
    );
    const loader = resolve(import.meta.dirname, "../helpers/typescript-loader.mjs");
    const { stdout, status, stderr } = spawnSync(process.execPath, ["--import", loader, program], { timeout: 60_000 });
    rmSync(folder, { recursive: true });
    expect(stderr.toString()).toBe("");
    expect([stdout.toString(), status]).toEqual(["ready", 0]);
  });
});

describe("build", () => {
  it("builds from nothing, without network, and says each step", async () => {
    const lines: string[] = [];
    const id = await build(
      ["RUN while read line; do echo $line; done </proc/net/dev", 'RUN echo "gru\\303\\237 ✓"', 'CMD ["/bin/sh"]'],
      { onOutput: (line) => lines.push(line) },
    );
    expect((await ground.engine.images.inspect(id))?.labels).toMatchObject(ground.labels);
    expect(lines).toContain("gruß ✓");
    expect(lines).toContain("Step 1/7 : FROM scratch");
    // Interfaces of the RUN container, after two lines of headings.
    expect(lines.filter((line) => /^\w+: /.test(line)).map((line) => line.split(":")[0])).toEqual(["lo"]);
    await ground.engine.images.remove(id);
  });

  it("rejects a step that fails, with the end of the log", async () => {
    const failing = build(["RUN echo almost there; exit 3"], { tag: `${ground.image.replace(":base", ":failing")}` });
    await expect(failing).rejects.toMatchObject({ code: "build", message: expect.stringContaining("code: 3") });
    await expect(failing.catch(({ details }: LabError) => details)).resolves.toContain("almost there");
    await removeUntagged();
  });

  it("rejects a Dockerfile that is none", async () => {
    const context = contextOf("FRUM scratch\n");
    await expect(ground.engine.images.build({ context, labels: {} })).rejects.toBeInstanceOf(LabError);
  });

  it("rejects with the reason when the context cannot be read", async () => {
    const context = new PassThrough();
    context.write(Buffer.alloc(512));
    setImmediate(() => context.destroy(new LabError("input", "cut")));
    await expect(ground.engine.images.build({ context, labels: {} })).rejects.toMatchObject({ code: "input" });
  });

  it("ends when it is aborted, with the signal's reason, and stops the running step", async () => {
    const controller = new AbortController();
    const reason = new LabError("interrupted", "Ctrl-C");
    const onOutput = (line: string): void => {
      if (line === "sleeping") controller.abort(reason);
    };
    await expect(build(["RUN echo sleeping; sleep 500"], { signal: controller.signal, onOutput })).rejects.toBe(reason);
    await expect.poll(() => ground.engine.containers.list(ground.labels), { timeout: 30_000 }).toEqual([]);
    await removeUntagged();
  });

  it("rejects at once when it was aborted before", async () => {
    const signal = AbortSignal.abort(new LabError("interrupted", "before"));
    await expect(build([], { signal })).rejects.toMatchObject({ message: "before" });
  });

  it("says so when the engine goes away in the middle", async () => {
    const mortal = await mortalEngine(ground);
    const building = mortal.engine.images.build({
      context: contextOf(dockerfile("RUN echo sleeping; sleep 500"), { "base.tar": ground.baseTar }),
      labels: ground.labels,
      onOutput: (line) => void (line === "sleeping" && mortal.kill()),
    });
    await expect(building).rejects.toMatchObject({ code: "engine", next: expect.stringContaining("start it again") });
    await expect(mortal.engine.images.inspect("x")).rejects.toMatchObject({ code: "engine" });
    await expect.poll(() => ground.engine.containers.list(ground.labels), { timeout: 30_000 }).toEqual([]);
    await removeUntagged();
  });
});

/** What failed builds keep as cache; it appears a moment after the client has gone. */
async function removeUntagged(): Promise<void> {
  await delay(500);
  for (const { id } of await ground.engine.images.list(ground.labels)) await ground.engine.images.removeUnused(id);
  expect(await ground.leftovers()).toEqual([]);
}

describe("load", () => {
  it("rejects what is no image archive", async () => {
    const loading = ground.engine.images.load(Readable.from([Buffer.from("no tar at all".repeat(1000))]));
    await expect(loading).rejects.toBeInstanceOf(LabError);
  });

  it("ends when it is aborted", async () => {
    const controller = new AbortController();
    const archive = new PassThrough();
    archive.write(Buffer.alloc(1024));
    const loading = ground.engine.images.load(archive, controller.signal);
    setTimeout(() => controller.abort(new LabError("interrupted", "Ctrl-C")), 200);
    await expect(loading).rejects.toMatchObject({ message: "Ctrl-C" });
    expect(archive.destroyed).toBe(true);
  });
});

describe("images", () => {
  it("tells a missing image, and takes removing it for done", async () => {
    const missing = "localhost/majek-lab/not-there:1";
    expect(await ground.engine.images.inspect(missing)).toBeUndefined();
    await ground.engine.images.remove(missing);
    expect(await ground.engine.images.removeUnused(`sha256:${"0".repeat(64)}`)).toBe(true);
  });

  it("keeps what has a tag or a container", async () => {
    const id = await build(["RUN echo 1 >/one"]);
    const container = await ground.create({ image: id });
    expect(await ground.engine.images.removeUnused(id)).toBe(false);
    await container.remove();
    await ground.engine.images.tag(id, ground.image.replace(":base", ""), "kept");
    expect(await ground.engine.images.removeUnused(id)).toBe(false);
    await ground.engine.images.remove(ground.image.replace(":base", ":kept"));
    expect(await ground.engine.images.inspect(id)).toBeUndefined();
  });

  it("pulls nothing without a digest", async () => {
    await expect(ground.engine.images.pull("localhost/majek-lab/seed:latest")).rejects.toMatchObject({ code: "usage" });
  });
});
