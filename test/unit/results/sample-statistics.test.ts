import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { medianBounds, ratioBounds, seeded } from "../../../src/results/bootstrap.js";
import { median, outliers, quantile } from "../../../src/results/distribution.js";
import { mannWhitney } from "../../../src/results/mann-whitney.js";

// Constants below were computed with scipy 1.17.1 and numpy: stats.mannwhitneyu, stats.bootstrap (200,000 resamples,
// percentile), numpy.quantile.

const numbers = (minLength: number, maxLength = 30) =>
  fc.array(fc.integer({ min: 1, max: 1000 }), { minLength, maxLength });

describe("quantiles", () => {
  it.each([
    [0, 1],
    [0.25, 1.75],
    [0.5, 3.5],
    [0.9, 6.9],
    [1, 9],
  ])("%d is numpy's", (fraction, expected) => {
    expect(quantile([1, 1, 2, 3, 4, 5, 6, 9], fraction)).toBeCloseTo(expected, 12);
  });

  it("have as many values below the median as above, in any order", () => {
    fc.assert(
      fc.property(numbers(1), (values) => {
        const middle = median(values);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
        expect(median([...values].reverse())).toBe(middle);
      }),
    );
  });

  it("refuse an empty sample", () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe("outliers", () => {
  it("are far from the others, by their deviation", () => {
    expect(outliers([100, 102, 98, 101, 150, 99.5, 100.5])).toEqual([150]);
    expect(outliers([100, 102, 98, 101, 99.5, 100.5])).toEqual([]);
  });

  it("are not told from a few values, or from equal ones", () => {
    expect(outliers([1, 1, 1, 100])).toEqual([]);
    expect(outliers([1, 1, 1, 1, 1, 100])).toEqual([]);
  });
});

const CONTROL = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
const TREATED = [1.15, 0.88, 0.9, 0.74, 1.21];
const TIED = Array.from({ length: 34 }, (_, index) => index % 4);
const ONE_TO_30 = Array.from({ length: 30 }, (_, index) => index + 1);

describe("Mann-Whitney's test", () => {
  it.each([
    ["two samples apart", [1, 2, 3, 4, 5], [6, 7, 8, 9, 10], 0, 0.007936507936507936],
    ["two that overlap", [1.1, 2.2, 3.3, 4.4], [2, 3, 5, 6, 7], 5, 0.2857142857142857],
    ["unequal sizes", CONTROL, TREATED, 35, 0.2544122544122544],
    // The normal distribution says 0.047: a difference, where there is none to be shown.
    ["a few values with ties", [1, 1, 2, 2], [2, 3, 3, 3], 1, 6 / 70],
    ["ties", [1, 2, 2, 3, 3], [2, 3, 4, 4, 5, 6], 4, 28 / 462],
    ["equal values", [5, 5, 5], [5, 5, 5, 5], 6, 1],
    ["many values", ONE_TO_30, ONE_TO_30.map((value) => value + 7.5), 253, 0.003193540818593945],
  ])("is exact for %s", (_, first, second, u, p) => {
    expect(mannWhitney(first, second)).toMatchObject({ u, p: expect.closeTo(p, 12) });
  });

  it.each([
    ["many ties", TIED, TIED.map((value) => value + 1), 324.5, 0.0014456472315359224],
    ["many pairs", [...ONE_TO_30, 31.5, 32.5, 33.5, 34.5], ONE_TO_30.map((x) => x + 0.25), 555, 0.5493871059264223],
  ])("is normal with %s", (_, first, second, u, p) => {
    expect(mannWhitney(first, second)).toMatchObject({ u, p: expect.closeTo(p, 6) });
  });

  it("does not depend on the order of samples and values, nor on their scale", () => {
    fc.assert(
      fc.property(numbers(1, 12), numbers(1, 12), (first, second) => {
        const [there, back] = [mannWhitney(first, second), mannWhitney([...second].reverse(), first)];
        const scaled = mannWhitney(first.map(Math.log), second.map(Math.log));
        if (there === null || back === null) throw new Error("no test");
        expect(there.p).toBeCloseTo(back.p, 10);
        expect(there.effect).toBeCloseTo(-back.effect, 10);
        expect(scaled).toEqual(there);
        expect(there.u + back.u).toBe(first.length * second.length);
        expect(there.p).toBeGreaterThan(0);
        expect(there.p).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("says nothing of an empty sample", () => {
    expect(mannWhitney([], [1])).toBeNull();
  });
});

describe("the bootstrap", () => {
  it("agrees with scipy's", () => {
    expect(medianBounds([100, 102, 98, 101, 150, 99.5, 100.5])).toEqual({ low: 99.5, high: 102 });
    const before = [10.1, 9.8, 10.4, 10.0, 9.9, 10.3, 10.2, 9.7, 10.6, 10.05];
    const after = [12.0, 11.8, 12.4, 12.2, 11.9, 12.1, 12.6, 11.7, 12.3, 12.05];
    const bounds = ratioBounds(after, before);
    expect(bounds?.low).toBeCloseTo(1.1658536585365853, 2);
    expect(bounds?.high).toBeCloseTo(1.2311557788944725, 2);
  });

  it("gives the same bounds every time, around the median, within the values", () => {
    fc.assert(
      fc.property(numbers(5), fc.nat(), (values, seed) => {
        const bounds = medianBounds(values, seed);
        if (bounds === null) throw new Error("no bounds");
        expect(medianBounds(values, seed)).toEqual(bounds);
        expect(bounds.low).toBeLessThanOrEqual(median(values));
        expect(bounds.high).toBeGreaterThanOrEqual(median(values));
        expect(bounds.low).toBeGreaterThanOrEqual(Math.min(...values));
        expect(bounds.high).toBeLessThanOrEqual(Math.max(...values));
      }),
      { numRuns: 20 },
    );
  });

  it("claims nothing from four values", () => {
    expect(medianBounds([1, 2, 3, 4])).toBeNull();
    expect(ratioBounds([1, 2, 3, 4, 5], [1, 2, 3, 4])).toBeNull();
  });

  it("draws evenly from any seed", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const uniform = seeded(seed);
        const drawn = Array.from({ length: 2000 }, uniform);
        expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...drawn)).toBeLessThan(1);
        expect(Math.abs(drawn.reduce((sum, one) => sum + one, 0) / 2000 - 0.5)).toBeLessThan(0.05);
      }),
      { numRuns: 50 },
    );
  });
});
