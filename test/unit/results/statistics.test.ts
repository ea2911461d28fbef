import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { median, pairedRatio, throughputRatio } from "../../../src/results/statistics.js";
import { exampleCheckpoint, exampleRun, exampleVariant } from "./example-run.js";

describe("the paired ratio", () => {
  it("is exact where all pairs agree", () => {
    const estimate = pairedRatio([
      [2, 1],
      [4, 2],
      [6, 3],
    ]);
    for (const value of [estimate?.ratio, estimate?.low, estimate?.high]) expect(value).toBeCloseTo(2, 12);
  });

  it("has bounds on both sides, within the pairs, and the same each time", () => {
    const pair = fc.tuple(fc.double({ min: 1, max: 9, noNaN: true }), fc.double({ min: 1, max: 9, noNaN: true }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 2, maxLength: 6 }), (pairs) => {
        const ratios = pairs.map(([a, b]) => a / b);
        const estimate = pairedRatio(pairs);
        if (estimate === null) throw new Error("no estimate");
        const slack = 1e-9;
        expect(estimate.low).toBeGreaterThanOrEqual(Math.min(...ratios) - slack);
        expect(estimate.low).toBeLessThanOrEqual(estimate.ratio + slack);
        expect(estimate.high).toBeGreaterThanOrEqual(estimate.ratio - slack);
        expect(pairedRatio(pairs)).toEqual(estimate);
      }),
      { numRuns: 10 },
    );
  });

  it("claims nothing from one pair", () => {
    expect(pairedRatio([[1, 2]])).toBeNull();
  });
});

describe("the throughput of repeated runs", () => {
  const at = (requests: number, throughput: number | null) =>
    exampleCheckpoint(requests, { requests: { mean: requests, min: requests, max: requests }, throughput });

  it("counts all legs by their requests", () => {
    // 100 requests at 100/s and 900 at 300/s take 4 s: 250/s.
    const seal = exampleVariant("seal", [at(0, null), at(100, 100), at(1000, 300)]);
    const preload = exampleVariant("preload", [at(0, null), at(1000, 125)]);
    const run = exampleRun({ variants: { seal, preload } });
    expect(throughputRatio([run, run], "seal", "preload")?.ratio).toBeCloseTo(2, 10);
    expect(throughputRatio([run], "seal", "preload")).toBeNull();
    expect(throughputRatio([run, run], "seal", "missing")).toBeNull();
  });
});

describe("the median", () => {
  it("lies in the middle", () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, null]);
  });
});
