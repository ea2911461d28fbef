import { describe, expect, it } from "vitest";
import { warningsOf } from "../../../src/measure/warnings.js";
import { exampleCheckpoint } from "../results/example-run.js";

/** What is said about load that was spread like this at a checkpoint of 100 requests per worker. */
function said(mean: number, max: number): readonly string[] {
  const point = exampleCheckpoint(100);
  return warningsOf([{ ...point, requests: { min: 100, mean, max } }], point.workers.length);
}

describe("a warning of uneven load", () => {
  it("is given for the average of the workers, and for one that the average hides", () => {
    expect(said(111, 120)).toEqual([expect.stringContaining("100 (mean +11 %, most +20 %)")]);
    expect(said(109, 170)).toEqual([expect.stringContaining("100 (mean +9 %, most +70 %)")]);
  });

  it("is not given for what a closed loop does anyway", () => {
    expect(said(109, 149)).toEqual([]);
    expect(warningsOf([exampleCheckpoint(0)], exampleCheckpoint(0).workers.length)).toEqual([]);
  });
});

describe("a warning of processes", () => {
  const point = exampleCheckpoint(100);

  it("tells a worker that is missing from a process that is no worker", () => {
    expect(warningsOf([point], point.workers.length + 1)).toEqual([expect.stringContaining("was being replaced")]);
    expect(warningsOf([point], point.workers.length - 1)).toEqual([expect.stringContaining("processes of its own")]);
  });
});
