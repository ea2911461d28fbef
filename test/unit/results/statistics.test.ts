import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareRepeats, pairedRatio, throughputRatio } from "../../../src/results/statistics.js";
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

  it("is Student's interval over the logarithms", () => {
    // By hand: mean of the logarithms 0.25639, standard error 0.05482, t with 4 degrees of freedom 2.776.
    const estimate = pairedRatio([1.1, 1.2, 1.3, 1.4, 1.5].map((ratio) => [ratio, 1] as const));
    expect(estimate?.ratio).toBeCloseTo(1.2923, 3);
    expect(estimate?.low).toBeCloseTo(1.1098, 3);
    expect(estimate?.high).toBeCloseTo(1.5047, 3);
  });

  it("covers the truth in 95 of 100 series of five noisy pairs", () => {
    let state = 20_080_911;
    const uniform = (): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    const series = 4000;
    let covered = 0;
    for (let one = 0; one < series; one += 1) {
      const estimate = pairedRatio(Array.from({ length: 5 }, () => [1.5 * Math.exp(0.1 * normal()), 1] as const));
      if (estimate !== null && estimate.low <= 1.5 && 1.5 <= estimate.high) covered += 1;
    }
    expect(covered / series).toBeGreaterThan(0.935);
    expect(covered / series).toBeLessThan(0.965);
  });

  it("lies between its bounds, and its inverse is the other way round", () => {
    const side = fc.double({ min: 1, max: 9, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(side, side), { minLength: 2, maxLength: 40 }), (pairs) => {
        const [there, back] = [pairedRatio(pairs), pairedRatio(pairs.map(([a, b]) => [b, a] as const))];
        if (there === null || back === null) throw new Error("no estimate");
        expect(there.low).toBeLessThanOrEqual(there.ratio);
        expect(there.ratio).toBeLessThanOrEqual(there.high);
        expect(there.low * back.high).toBeCloseTo(1, 9);
      }),
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

describe("repeated runs", () => {
  const measured = (fleetBytes: number | null, throughput: number) => [
    exampleCheckpoint(0, { throughput: null }),
    exampleCheckpoint(2000, { fleetBytes, throughput }),
  ];
  const run = (preload: [number, number], seal: [number | null, number]) =>
    exampleRun({
      variants: {
        preload: exampleVariant("preload", measured(...preload)),
        seal: exampleVariant("seal", measured(...seal)),
      },
    });

  it("give each variant as a multiple of the baseline of its own run", () => {
    const [comparison, ...others] = compareRepeats([run([200, 10], [50, 11]), run([400, 20], [100, 22])], "preload");
    expect(others).toEqual([]);
    expect(comparison?.variant).toBe("seal");
    expect(comparison?.fleetBytes).toMatchObject({ pairs: 2, ratio: expect.closeTo(0.25, 9) });
    expect(comparison?.throughput).toMatchObject({ pairs: 2, ratio: expect.closeTo(1.1, 9) });
  });

  it("say nothing of what was measured once", () => {
    const [comparison] = compareRepeats([run([200, 10], [50, 11]), run([400, 20], [null, 22])], "preload");
    expect(comparison).toMatchObject({ fleetBytes: null, throughput: { pairs: 2 } });
  });
});
