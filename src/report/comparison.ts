import type { Measure, MeasureComparison, RunComparison } from "../model/run-comparison.js";
import { type Colours, PLAIN } from "./colours.js";
import { alignColumns } from "./columns.js";
import { csvLine } from "./csv.js";
import type { ReportFormat } from "./formats.js";
import { grid } from "./markdown.js";
import { count, MISSING, megabytes, milliseconds, percent } from "./numbers.js";

const TITLES: Readonly<Record<string, string>> = {
  fleetBytes: "fleet MB",
  kernelPss: "kernel PSS MB",
  lostBytes: "copied MB",
  sharedFraction: "still shared",
  throughput: "req/s",
  "latency.p50": "p50 ms",
  "latency.p99": "p99 ms",
};

function shown({ unit }: Measure, value: number): string {
  if (unit === "bytes") return megabytes(value);
  if (unit === "fraction") return percent(value);
  return unit === "seconds" ? milliseconds(value) : count(value);
}

function ratioOf({ ratio, interval }: MeasureComparison): string {
  if (ratio === null) return MISSING;
  const within = interval === null ? "" : ` (${interval.low.toFixed(3)} to ${interval.high.toFixed(3)})`;
  return `${ratio.toFixed(3)}${within}`;
}

/** p to two digits; "<0.001" is not zero. */
function probability(p: number | null): string {
  if (p === null) return MISSING;
  return p < 0.001 ? "<0.001" : p.toFixed(3);
}

const COLUMNS = ["variant", "requests/worker", "measure", "reference", "run", "ratio", "p", "effect", "verdict"];

function cells(row: MeasureComparison): readonly string[] {
  return [
    row.variant,
    count(row.requestsPerWorker),
    TITLES[row.measure.name] ?? row.measure.name,
    shown(row.measure, row.reference),
    shown(row.measure, row.value),
    ratioOf(row),
    probability(row.p),
    row.effect === null ? MISSING : row.effect.toFixed(2),
    row.verdict,
  ];
}

function named([first, ...repeats]: readonly string[]): string {
  return repeats.length === 0 ? `${first}` : `${first} and ${count(repeats.length)} more of its repeats`;
}

/** Ids of the named runs but the reference, in order. */
function others({ runs }: RunComparison): readonly (readonly string[])[] {
  return runs.slice(1);
}

function heading(group: readonly string[], { runs }: RunComparison): string {
  return `${named(group)}, beside ${named(runs[0] ?? [])}`;
}

function rowsOf(comparison: RunComparison, [run]: readonly string[]): readonly MeasureComparison[] {
  return comparison.measures.filter((row) => row.run === run);
}

/** What a reader must know first: differences that were waved through, and cautions. */
function remarks({ differences, warnings }: RunComparison): readonly string[] {
  return [...differences.map((text) => `not comparable (--force): ${text}`), ...warnings];
}

const NOTE =
  "ratio: medians, with the bootstrap's 95 % interval from five repeats each; p: Mann-Whitney, two-sided; effect: Cliff's delta, -1 to 1";

function table(comparison: RunComparison, paint: Colours): string {
  const columns = COLUMNS.map(
    (title, index) => ({ title, align: index < 1 || index === 8 ? "left" : "right" }) as const,
  );
  const painted = (row: MeasureComparison): readonly string[] => {
    const painters: Readonly<Record<string, (text: string) => string>> = { better: paint.good, worse: paint.bad };
    const texts = cells(row);
    return [...texts.slice(0, -1), (painters[row.verdict] ?? paint.faint)(row.verdict)];
  };
  const blocks = others(comparison).map((group) => {
    const rows = rowsOf(comparison, group).map(painted);
    const body =
      rows.length === 0 ? ["No variant has a checkpoint in both."] : alignColumns(columns, rows, paint.faint);
    return [paint.strong(heading(group, comparison)), "", ...body, ""].join("\n");
  });
  const warned = remarks(comparison).map((text) => `${paint.warning("!")} ${text}`);
  return `${[...blocks, paint.faint(NOTE), ...warned].join("\n")}\n`;
}

function markdown(comparison: RunComparison): string {
  const blocks = others(comparison).flatMap((group) => [
    `### ${heading(group, comparison)}`,
    "",
    ...grid(
      COLUMNS,
      COLUMNS.map((_, index) => (index < 1 || index === 8 ? "---" : "---:")),
      rowsOf(comparison, group).map(cells),
    ),
    "",
  ]);
  return `${[...blocks, NOTE, "", ...remarks(comparison).map((text) => `- ${text}`)].join("\n").trimEnd()}\n`;
}

function csv({ reference, measures }: RunComparison): string {
  const header =
    "run,reference_run,variant,requests_per_worker,measure,value,reference,repeats,reference_repeats,ratio,ratio_low,ratio_high,p,effect,verdict";
  const lines = measures.map((row) =>
    csvLine([
      row.run,
      reference,
      row.variant,
      row.requestsPerWorker,
      row.measure.name,
      row.value,
      row.reference,
      ...row.repeats,
      row.ratio,
      row.interval?.low,
      row.interval?.high,
      row.p,
      row.effect,
      row.verdict,
    ]),
  );
  return `${header}\n${lines.join("")}`;
}

/** Runs side by side, as text. */
export function renderComparison(comparison: RunComparison, format: ReportFormat, paint: Colours = PLAIN): string {
  if (format === "json") return `${JSON.stringify(comparison, null, 2)}\n`;
  if (format === "csv") return csv(comparison);
  return format === "markdown" ? markdown(comparison) : table(comparison, paint);
}
