import type { RatioEstimate, RepeatedComparison } from "../model/estimate.js";
import { alignColumns } from "./columns.js";
import { MISSING } from "./numbers.js";

const interval = (estimate: RatioEstimate | null): string =>
  estimate === null
    ? MISSING
    : `${estimate.ratio.toFixed(3)} (${estimate.low.toFixed(3)} to ${estimate.high.toFixed(3)})`;

/** What repeated runs say together: each variant as a multiple of the baseline, with the 95 % interval. */
export function renderRepeats(comparisons: readonly RepeatedComparison[], baseline: string, runs: number): string {
  const columns = ["variant", "fleet bytes", "requests/s"].map((title) => ({ title, align: "left" as const }));
  const rows = comparisons.map(({ variant, fleetBytes, throughput }) => [
    variant,
    interval(fleetBytes),
    interval(throughput),
  ]);
  const title = `Over ${runs} runs, as a multiple of ${baseline} (95 % interval)`;
  return [title, "", ...alignColumns(columns, rows)].join("\n");
}
