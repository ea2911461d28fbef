import { describe, expect, it } from "vitest";
import type { RunResult } from "../../../src/model/run.js";
import { carriedOver, commonRun, type Existing } from "../../../src/pipeline/existing.js";
import { exampleCheckpoint, exampleRun, exampleVariant } from "../results/example-run.js";

const measured = (name: string) => exampleVariant(name, [exampleCheckpoint(0), exampleCheckpoint(2000)]);

/** A run that measured these variants. */
const runOf = (id: string, ...names: readonly string[]): RunResult =>
  exampleRun({ id, variants: Object.fromEntries(names.map((name) => [name, measured(name)])) });

/** Fleets that serve, oldest first, each with the run that measured it. */
const serving = (...fleets: readonly (readonly [string, RunResult])[]): Existing => ({
  current: new Map(fleets.map(([name, run]) => [name, { run, result: measured(name) }])),
  stale: [],
});

describe("fleets that stay", () => {
  it("need no new run where one has them all", () => {
    const run = runOf("a", "preload", "seal");
    expect(commonRun(serving(["preload", run], ["seal", run]))).toBe(run);
    const later = runOf("b", "preload", "seal");
    expect(commonRun(serving(["preload", runOf("a", "preload")], ["seal", later]))).toBe(later);
  });

  it("need one where each was measured for itself", () => {
    const fleets = serving(["preload", runOf("a", "preload")], ["seal", runOf("b", "seal")]);
    expect(commonRun(fleets)).toBeUndefined();
    expect(commonRun(serving())).toBeUndefined();
  });

  it("are carried over with their checkpoints, and say where they are from", () => {
    expect(carriedOver(serving(["preload", runOf("a", "preload")], ["seal", runOf("b", "seal")]))).toEqual([
      { ...measured("preload"), warnings: ["measured in run a"] },
      { ...measured("seal"), warnings: ["measured in run b"] },
    ]);
  });
});
