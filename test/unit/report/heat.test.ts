import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { heatCells } from "../../../src/report/html/heat.js";

describe("the map of preloaded pages", () => {
  it("has a row for each worker, and joins what is alike", () => {
    const maps = [
      { lost: "0099", gone: "9000" },
      { lost: "0000", gone: "0000" },
    ];
    expect(heatCells(maps)).toEqual([
      { worker: 1, state: "shared", from: 0, to: 1, share: 1 },
      { worker: 1, state: "copied", from: 0.5, to: 1, share: 1 },
      { worker: 1, state: "replaced or absent", from: 0, to: 0.25, share: 1 },
      { worker: 2, state: "shared", from: 0, to: 1, share: 1 },
    ]);
  });

  const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 96, maxLength: 96 });

  it("keeps how much is lost in all, however many stretches it joins", () => {
    fc.assert(
      fc.property(fc.array(digits, { minLength: 1, maxLength: 32 }), (workers) => {
        const cells = heatCells(workers.map((lost) => ({ lost, gone: "0".repeat(96) })));
        for (const [index, lost] of workers.entries()) {
          const own = cells.filter(({ worker, state }) => worker === index + 1 && state === "copied");
          const drawn = own.reduce((sum, { from, to, share }) => sum + (to - from) * share, 0);
          expect(drawn).toBeCloseTo([...lost].reduce((sum, digit) => sum + Number(digit), 0) / 96 / 9, 9);
        }
        expect(cells.length).toBeLessThanOrEqual(1024 + workers.length);
      }),
      { numRuns: 50 },
    );
  });

  it("leaves out workers that a chart has no room for", () => {
    const maps = Array.from({ length: 64 }, () => ({ lost: "9".repeat(96), gone: "0".repeat(96) }));
    expect(new Set(heatCells(maps).map(({ worker }) => worker)).size).toBe(32);
  });
});
