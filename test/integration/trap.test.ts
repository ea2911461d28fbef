import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { builtLab, ROOT } from "./built.js";

const FULL = process.env["MAJEK_LAB_TEST_FULL"] === "1";
const MINUTES = 60_000;

/** Runs the trap on a small fleet of the flagship, as `make trap` does. */
function trap(...options: string[]): { status: number | null; output: string } {
  const command = [join(ROOT, "scripts/trap.mjs"), ...options];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
  return { status, output: `${stdout}${stderr}` };
}

describe.runIf(FULL)("writers to pages that a fleet should share", () => {
  beforeAll(async () => {
    await builtLab();
  }, 10 * MINUTES);

  it(
    "are those of the list, where the heap is sealed",
    () => {
      const { status, output } = trap();
      expect(status, output).toBe(0);
      expect(output.match(/^\d+ of [1-9]\d{3,} pages written/gm), output).toHaveLength(2);
    },
    10 * MINUTES,
  );

  it(
    "are others too, where it is only frozen",
    () => {
      const { status, output } = trap("--before-fork", "freeze", "--requests", "50");
      expect(status, output).toBe(1);
      expect(output).toMatch(/^not allowed:$/m);
      expect(output).toMatch(/^_PyEval_EvalFrameDefault @ anonymous: \d{3,} pages, \d+ allowed$/m);
    },
    10 * MINUTES,
  );
});
