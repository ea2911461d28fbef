import type { PageMaps, VariantResult } from "../../model/run.js";
import { megabytes, percent } from "../numbers.js";
import { lastCheckpoint } from "../run-report.js";
import { type Figure, figure } from "./figure.js";
import { type HeatCell, heatPlot, MOST_WORKERS, USUAL_PAGE } from "./plots.js";

/** Cells of a map: more would make the page large, and are smaller than the eye. */
const MOST_CELLS = 1024;

/** Of each part of `size` digits: their mean, 9 being 1. */
function means(digits: string, size: number): number[] {
  return Array.from({ length: Math.ceil(digits.length / size) }, (_, part) => {
    const own = [...digits.slice(part * size, (part + 1) * size)].map(Number);
    return own.reduce((sum, digit) => sum + digit, 0) / own.length / 9;
  });
}

/** Neighbours of equal shares become one cell; of none there is no cell. */
function cellsOf(shares: readonly number[], worker: number, state: HeatCell["state"]): HeatCell[] {
  const cells: HeatCell[] = [];
  let from = 0;
  for (const [at, share] of shares.entries()) {
    if (share === shares[at + 1]) continue;
    if (share > 0) cells.push({ worker, state, from: from / shares.length, to: (at + 1) / shares.length, share });
    from = at + 1;
  }
  return cells;
}

/** A row for each worker: shared throughout, and upon that what it copied or has no more. */
export function heatCells(maps: readonly PageMaps[]): readonly HeatCell[] {
  const shown = maps.slice(0, MOST_WORKERS);
  const size = Math.ceil(((shown[0]?.lost.length ?? 0) * shown.length) / MOST_CELLS) || 1;
  return shown.flatMap(({ lost, gone }, index) => [
    { worker: index + 1, state: "shared", from: 0, to: 1, share: 1 },
    ...cellsOf(means(lost, size), index + 1, "copied"),
    ...cellsOf(means(gone, size), index + 1, "replaced or absent"),
  ]);
}

/** Where a variant's preloaded pages went, by worker and address; none where the run does not say. */
export async function heatFigure(result: VariantResult): Promise<readonly Figure[]> {
  const at = lastCheckpoint(result);
  const maps = at?.workers.flatMap((worker) => worker.maps ?? []) ?? [];
  if (at === undefined || maps.length === 0) return [];
  const { name } = result.variant;
  const bytes = at.p0Pages * (at.pageSize ?? USUAL_PAGE);
  const only = maps.length > MOST_WORKERS ? `, the first ${MOST_WORKERS} workers` : "";
  return [
    await figure(heatPlot(heatCells(maps), bytes / 1e6), {
      caption: `${name}: its ${megabytes(bytes)} MB of preloaded pages by address, a row for each worker${only}, at the last checkpoint. The fuller a colour, the more of the pages there.`,
      alternative: `Map of preloaded pages by worker and address in ${name}: ${percent(at.sharedFraction?.mean ?? null)} are shared.`,
    }),
  ];
}
