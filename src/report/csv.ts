import type { Checkpoint, VariantResult } from "../model/run.js";
import { measuredVariants, type RunReport } from "./run-report.js";

type Cell = string | number | null | undefined;

/** Column -> its value at a checkpoint. Names carry the unit. */
const COLUMNS: Readonly<Record<string, (checkpoint: Checkpoint, result: VariantResult) => Cell>> = {
  variant: (_, { variant }) => variant.name,
  python: (_, { variant }) => variant.python,
  requests_per_worker: (c) => c.requestsPerWorker,
  p0_pages: (c) => c.p0Pages,
  shared_fraction_mean: (c) => c.sharedFraction?.mean,
  shared_fraction_min: (c) => c.sharedFraction?.min,
  shared_fraction_max: (c) => c.sharedFraction?.max,
  fleet_bytes: (c) => c.fleetBytes,
  lost_bytes: (c) => c.lostBytes,
  ideal_bytes: (c) => c.idealBytes,
  new_bytes: (c) => c.newBytes,
  kernel_pss_bytes: (c) => c.kernelPss,
  master_rss_bytes: (c) => c.masterRss,
  page_table_bytes: (c) => c.pageTableBytes,
  tmpfs_bytes: (c) => c.tmpfsBytes,
  requests_min: (c) => c.requests.min,
  requests_mean: (c) => c.requests.mean,
  requests_max: (c) => c.requests.max,
  failed: (c) => c.failed,
  throughput_per_second: (c) => c.throughput,
  latency_p50_seconds: (c) => c.latency?.p50,
  latency_p99_seconds: (c) => c.latency?.p99,
  method: (c) => c.method,
};

/** RFC 4180: quotes only where they are needed. */
function cell(value: Cell): string {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One record with its line break. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(cell).join(",")}\n`;
}

/**
 * One row per run, variant and checkpoint; a missing number is an empty cell.
 * @param titled - whether a header comes first
 */
export function csv({ run }: RunReport, titled = true): string {
  const header = ["run", "lab", ...Object.keys(COLUMNS)];
  const rows = measuredVariants(run).flatMap((result) =>
    result.checkpoints.map((checkpoint) => [
      run.id,
      run.lab,
      ...Object.values(COLUMNS).map((value) => value(checkpoint, result)),
    ]),
  );
  return [...(titled ? [header] : []), ...rows].map(csvLine).join("");
}
