import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Histogram } from "../../../src/fleet/load/histogram.js";
import { RateMeter } from "../../../src/fleet/load/rate.js";

describe("the histogram", () => {
  it("has percentiles within 0.6 % of the exact ones", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-4, max: 100, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.5, 0.9, 0.99),
        (times, share) => {
          const histogram = new Histogram();
          for (const time of times) histogram.add(time);
          const exact = times.toSorted((a, b) => a - b)[Math.ceil(share * times.length) - 1] ?? 0;
          expect(Math.abs((histogram.percentile(share) ?? 0) / exact - 1)).toBeLessThan(0.006);
        },
      ),
    );
  });

  it("has none without requests, and survives extreme times", () => {
    const histogram = new Histogram();
    expect(histogram.percentile(0.5)).toBeNull();
    histogram.add(0);
    histogram.add(1e9);
    expect(histogram.count).toBe(2);
    expect(histogram.percentile(1)).toBeGreaterThan(300);
  });
});

describe("the rate", () => {
  it("is that of the last two seconds", () => {
    const meter = new RateMeter();
    expect(meter.perSecond()).toBeNull();
    meter.mark(0, 0);
    meter.mark(1, 1000);
    expect(meter.perSecond()).toBe(1000);
    meter.mark(10, 1000);
    meter.mark(11, 1100);
    expect(meter.perSecond()).toBe(100);
  });
});
