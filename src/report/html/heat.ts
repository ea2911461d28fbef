import type { BlameSummary, LostPage } from "../../model/blame-summary.js";
import { count } from "../numbers.js";
import { type Figure, figure } from "./figure.js";
import { type HeatCell, heatPlot, MOST_WORKERS } from "./plots.js";

/** Cells of a map: more would make the page large, and are smaller than the eye. */
const MOST_CELLS = 640;

function byAddress(a: LostPage, b: LostPage): number {
  const [first, second] = [BigInt(a.address), BigInt(b.address)];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** Pages in order of their addresses, cut into stretches of about equal number; how many of each a worker lost. */
export function heatCells({ pages, processes }: Pick<BlameSummary, "pages" | "processes">): readonly HeatCell[] {
  const workers = processes.flatMap(({ role }, index) => (role === "worker" ? [index] : [])).slice(0, MOST_WORKERS);
  const lost = [...pages]
    .sort(byAddress)
    .map(({ verdicts }) => new Set(verdicts.flatMap((verdict) => verdict.processes)))
    .filter((losers) => workers.some((worker) => losers.has(worker)));
  const stretches = Math.min(lost.length, Math.floor(MOST_CELLS / Math.max(workers.length, 1)));
  return Array.from({ length: stretches }, (_, stretch) => {
    const from = Math.floor((stretch * lost.length) / stretches);
    const to = Math.floor(((stretch + 1) * lost.length) / stretches);
    const part = lost.slice(from, to);
    return workers.map((worker, row) => ({
      worker: row + 1,
      stretch,
      lost: part.filter((losers) => losers.has(worker)).length / part.length,
    }));
  }).flat();
}

/** The map of lost pages; none where nothing was lost. */
export async function heatFigure(blame: BlameSummary): Promise<readonly Figure[]> {
  const cells = heatCells(blame);
  if (cells.length === 0) return [];
  const often = cells.filter(({ lost }) => lost === 1).length / cells.length;
  const share = `${Math.round(often * 100)} %`;
  return [
    await figure(heatPlot(cells), {
      caption: `${blame.variant}: the ${count(blame.pages.length)} pages that any process lost, by address from left to right, a row for each worker. Full colour: lost; none: still shared or absent. Pages that nobody lost are left out.`,
      alternative: `Map of lost pages by worker and address in ${blame.variant}: ${share} of its cells are lost throughout.`,
    }),
  ];
}
