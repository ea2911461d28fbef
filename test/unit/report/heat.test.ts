import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { heatCells } from "../../../src/report/html/heat.js";

const page = (address: string, ...processes: number[]) => ({ address, verdicts: [{ processes }] });
const worker = { role: "worker" } as const;

describe("the map of lost pages", () => {
  it("has a row for each worker and addresses in their order", () => {
    const pages = [page("0x10000", 2), page("0x9000", 1, 2), page("0x8000", 0)];
    expect(heatCells({ pages, processes: [{ role: "master" }, worker, worker] })).toEqual([
      { worker: 1, stretch: 0, lost: 1 },
      { worker: 2, stretch: 0, lost: 1 },
      { worker: 1, stretch: 1, lost: 0 },
      { worker: 2, stretch: 1, lost: 1 },
    ]);
  });

  it("loses no page when it joins many into a cell", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 64 }), (lost, workers) => {
        const pages = Array.from({ length: lost }, (_, index) => page(`0x${(index * 4096).toString(16)}`, 0));
        const cells = heatCells({ pages, processes: Array.from({ length: workers }, () => worker) });
        const [first, ...others] = [cells.filter((one) => one.worker === 1), cells.filter((one) => one.worker > 1)];
        expect(first?.every((cell) => cell.lost === 1)).toBe(true);
        expect(others.flat().every((cell) => cell.lost === 0)).toBe(true);
        expect(cells.length).toBeLessThanOrEqual(640);
      }),
      { numRuns: 30 },
    );
  });

  it("is empty where no worker lost a page", () => {
    expect(heatCells({ pages: [page("0x1000", 0)], processes: [{ role: "master" }] })).toEqual([]);
  });
});
