import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { steadyGrowth } from "../../../src/results/steady.js";

/** A sample a second for ten minutes. */
const series = (bytes: (seconds: number) => number) =>
  Array.from({ length: 601 }, (_, seconds) => ({ seconds, bytes: bytes(seconds) }));

describe("growth of a fleet that should be steady", () => {
  it("is none where memory is flat, whatever happened before it settled", () => {
    expect(
      steadyGrowth(
        series((seconds) => (seconds < 120 ? seconds : 1000)),
        120,
      ),
    ).toBe(0);
  });

  it("sees a leak, and what it comes to", () => {
    // From 120 s to 600 s: the thirds are centred at 200 s and 520 s.
    expect(
      steadyGrowth(
        series((seconds) => 1000 + seconds),
        120,
      ),
    ).toBeCloseTo(1520 / 1200 - 1, 9);
    expect(
      steadyGrowth(
        series((seconds) => 1000 - seconds / 2),
        120,
      ),
    ).toBeLessThan(0);
  });

  it("does not know where there is nothing to compare", () => {
    expect(steadyGrowth([], 120)).toBeNull();
    expect(steadyGrowth(series(() => 1).slice(0, 100), 120)).toBeNull();
    expect(steadyGrowth([{ seconds: 120, bytes: 1 }], 120)).toBeNull();
    expect(steadyGrowth([{ seconds: 500, bytes: 1 }], 120)).toBeNull();
  });

  it("does not depend on the unit", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 2 ** 40 }), { minLength: 4, maxLength: 50 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 2, max: 4096 }), (bytes, factor) => {
        const samples = bytes.map((size, seconds) => ({ seconds, bytes: size }));
        const scaled = samples.map(({ seconds, bytes: size }) => ({ seconds, bytes: size * factor }));
        const [growth = Number.NaN, other = Number.NaN] = [samples, scaled].map(
          (one) => steadyGrowth(one, 0) ?? undefined,
        );
        // Rounding is relative: a growth of 2^40 has no six digits behind the point.
        expect(Math.abs(other - growth)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(growth)));
      }),
    );
  });
});
