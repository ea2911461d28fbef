import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generate } from "../../src/pipeline/generate.js";
import { openBench, openLab, withLabLock } from "../../src/pipeline/inputs.js";
import { fetch, lock } from "../../src/pipeline/lock.js";
import type { Workspace } from "../../src/pipeline/workspace.js";
import { ROOT, testWorkspace } from "./built.js";

let folder = "";
let workspace: Workspace;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "majek-lab-lock-"));
  const environment = { ...testWorkspace().environment, cacheDir: join(folder, "cache") };
  workspace = { ...testWorkspace(), environment, workingDirectory: folder };
  await cp(resolve(ROOT, "test/fixtures/labs/slow-build"), join(folder, "lab"), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("while another command works on a lab", () => {
  it.each([
    ["lock", () => lock(workspace, join(folder, "lab"), {})],
    ["lock --check", () => lock(workspace, join(folder, "lab"), { check: true })],
    ["fetch", () => fetch(workspace, join(folder, "lab"), {})],
    ["generate --context", () => generate(workspace, join(folder, "lab"), { context: join(folder, "context") })],
  ])("%s says who does", async (_name, command) => {
    const bench = await openBench(workspace);
    const { spec } = await openLab(workspace, join(folder, "lab"));
    await withLabLock(bench, spec.name, async () => {
      const before = (await readdir(join(folder, "lab"))).sort();
      await expect(command()).rejects.toMatchObject({
        code: "failed",
        message: "slow-build is in use by another majek-lab on this engine",
      });
      expect((await readdir(join(folder, "lab"))).sort()).toEqual(before);
    });
  });
});

describe("generate --context", () => {
  const context = (options: object) => generate(workspace, join(folder, "lab"), { context: folder, ...options });

  it("has nothing to check", async () => {
    await expect(context({ check: true })).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("--check"),
    });
  });

  it("says before it makes anything that the folder exists", async () => {
    await expect(context({})).rejects.toMatchObject({ code: "usage", where: folder });
    expect(await readdir(folder)).not.toContain("lab.lock");
  });
});
