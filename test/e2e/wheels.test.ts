import { cp } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunResult } from "../../src/model/run.js";
import { FULL } from "./faults.js";
import { type InstalledTool, installTool } from "./tool.js";

const FIXTURE = resolve(import.meta.dirname, "../fixtures/labs/wheels");

describe.runIf(FULL)("published binary wheels", () => {
  let tool: InstalledTool;

  beforeAll(async () => {
    tool = await installTool();
    await cp(FIXTURE, join(tool.folder, "labs/wheels"), { recursive: true });
  });

  afterAll(async () => {
    await tool.run(["down", "wheels"]);
    await tool.remove();
  });

  it("work unmodified in a sealed fleet, as on stock, and leave its pages alone", async () => {
    const { code, stdout, stderr } = await tool.run(["run", "wheels", "--format", "json"]);
    // Any wrong or missing answer, or a worker that died, ends the run.
    expect(code, stderr).toBe(0);
    const { status, variants } = JSON.parse(stdout) as RunResult;
    expect(status).toBe("complete");
    for (const name of ["preload", "seal"]) {
      const last = variants[name]?.checkpoints.at(-1);
      expect(last?.requests.min).toBeGreaterThanOrEqual(2000);
      expect(last?.failed).toBe(0);
      console.log(`${name}: ${JSON.stringify(last?.sharedFraction)} of ${last?.p0Pages} pages shared`);
    }
    const check = await tool.run(["check", "latest:wheels"]);
    expect(check.code, check.stderr).toBe(0);
  });
});
