import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { acquireLabLock } from "../../../src/fleet/lock.js";
import { cachePrune, cacheVerify } from "../../../src/pipeline/cache.js";
import type { Workspace } from "../../../src/pipeline/workspace.js";
import { readEnvironment } from "../../../src/system/env.js";
import { openStore } from "../../../src/system/store.js";

let cacheDir = "";
beforeEach(async () => {
  cacheDir = mkdtempSync(join(tmpdir(), "majek-lab-cache-"));
  await openStore({ cacheDir, inputs: [] }).putDerived("base-1", async (path) => writeFileSync(path, "tree"));
});
afterEach(() => rmSync(cacheDir, { recursive: true }));

it("leaves the content store alone while a lab is at work, on any engine", async () => {
  const workspace = { environment: readEnvironment({ MAJEK_LAB_CACHE: cacheDir }) } as unknown as Workspace;
  const lock = await acquireLabLock({ cacheDir, endpoint: "unix:///some.sock", lab: "shop" }, ["majek-lab", "build"]);
  const busy = { code: "failed", message: expect.stringContaining("in use by another majek-lab: shop") };
  await expect(cachePrune(workspace, { olderThan: 0, all: true })).rejects.toMatchObject(busy);
  await expect(cacheVerify(workspace)).rejects.toMatchObject(busy);
  await lock.release();
  expect(await cacheVerify(workspace)).toMatch(/^1 entries checked/);
  expect(await cachePrune(workspace, { olderThan: 0, all: true })).toMatch(/^removed 1 entries/);
});
