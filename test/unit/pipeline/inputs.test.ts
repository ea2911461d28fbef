import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openBench } from "../../../src/pipeline/inputs.js";
import type { Workspace } from "../../../src/pipeline/workspace.js";
import { readEnvironment } from "../../../src/system/env.js";

it("removes what a killed command left in the store before it does anything else", async () => {
  const cache = mkdtempSync(join(tmpdir(), "majek-lab-bench-"));
  mkdirSync(join(cache, "tmp"));
  writeFileSync(join(cache, "tmp", `${spawnSync("true").pid}-1.half`), "half");
  const environment = readEnvironment({ MAJEK_LAB_CACHE: cache, DOCKER_HOST: `unix://${cache}/none` });
  const interrupts = { signal: new AbortController().signal };
  const workspace = { environment, interrupts, progress: () => undefined } as unknown as Workspace;
  await expect(openBench(workspace)).rejects.toMatchObject({ code: "engine" });
  expect(readdirSync(join(cache, "tmp"))).toEqual([]);
  rmSync(cache, { recursive: true });
});
