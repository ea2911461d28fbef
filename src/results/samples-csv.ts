import type { ProcessSample, SampleRecord } from "../model/run.js";

/** One row per process and checkpoint: the raw numbers, for spreadsheets and data frames. */
const HEADER = [
  "run",
  "lab",
  "variant",
  "requests_per_worker",
  "role",
  "pid",
  "p0_pages",
  "shared_pages",
  "lost_pages",
  "replaced_pages",
  "absent_pages",
  "shared_fraction",
  "new_bytes",
  "rss_bytes",
  "pss_bytes",
  "page_table_bytes",
  "method",
] as const;

function row(record: SampleRecord, role: "master" | "worker", process: ProcessSample): string {
  const cells: readonly (string | number | null)[] = [
    record.run,
    record.lab,
    record.variant,
    record.requestsPerWorker,
    role,
    process.pid,
    record.sample.p0Pages,
    process.shared,
    process.lost,
    process.replaced,
    process.absent,
    process.sharedFraction,
    process.newBytes,
    process.rss,
    process.pss,
    process.pageTableBytes,
    record.sample.method,
  ];
  // Every cell is a number or a name of [A-Za-z0-9._:-], so that nothing needs quotes.
  return cells.map((cell) => cell ?? "").join(",");
}

/** The text of samples.csv; a missing number is an empty cell. */
export function samplesCsv(records: readonly SampleRecord[]): string {
  const rows = records.flatMap((record) => [
    row(record, "master", record.sample.master),
    ...record.sample.workers.map((worker) => row(record, "worker", worker)),
  ]);
  return `${[HEADER.join(","), ...rows].join("\n")}\n`;
}
