import type { ExpectationStatus, RunResult } from "../model/run.js";
import { type Colours, PLAIN } from "./colours.js";
import { alignColumns, type Column, wrapWords } from "./columns.js";
import { bar } from "./numbers.js";
import { allWarnings, costTitle, extent, type SummaryRow, summaryRows } from "./rows.js";
import type { RunReport } from "./run-report.js";
import { headline, verdictSentence } from "./verdict.js";

const BAR_WIDTH = 20;

/** How a page looks. */
export interface TableStyle {
  readonly paint: Colours;
  /** Columns of the terminal; narrow ones get no bars, narrower ones no latencies, and those below 80 no number of requests, which the title has. */
  readonly width: number;
}

const PLAIN_PAGE: TableStyle = { paint: PLAIN, width: Number.POSITIVE_INFINITY };

interface TableColumn extends Column {
  /** Terminals narrower than this do without. */
  readonly from: number;
  readonly cell: (row: SummaryRow, paint: Colours) => string;
}

type Cell = TableColumn["cell"];

const mark = (row: SummaryRow, paint: Colours, text: string): string => (row.best ? paint.good(text) : text);

function tableColumns(run: RunResult): readonly TableColumn[] {
  const right = (title: string, cell: Cell, from = 0): TableColumn => ({ title, align: "right", from, cell });
  const left = (title: string, cell: Cell, from = 0): TableColumn => ({ title, align: "left", from, cell });
  return [
    left("variant", (row, paint) => mark(row, paint, row.variant)),
    right("requests/worker", (row) => row.requests, 80),
    right(costTitle(run), (row, paint) => mark(row, paint, row.fleet)),
    right(`x ${run.spec.baseline}`, (row, paint) => mark(row, paint, row.relative)),
    right("still shared", (row) => row.shared),
    left("", (row, paint) => paint.accent(bar(row.sharedFraction, BAR_WIDTH)), 124),
    right("copied MB", (row) => row.lost),
    right("req/s", (row) => row.throughput, 64),
    right("p50 ms", (row) => row.p50, 100),
    right("p99 ms", (row) => row.p99, 100),
  ];
}

function summaryLines(report: RunReport, { paint, width }: TableStyle): string[] {
  const columns = tableColumns(report.run).filter(({ from }) => width >= from);
  const rows = summaryRows(report).map((row) => columns.map(({ cell }) => cell(row, paint)));
  return rows.length === 0 ? ["No variant was measured."] : alignColumns(columns, rows, paint.faint);
}

function expectationLines(run: RunResult, paint: Colours): string[] {
  if (run.expectations.length === 0) return [];
  const painted: Readonly<Record<ExpectationStatus, (text: string) => string>> = {
    met: paint.good,
    "not met": paint.bad,
    undecided: paint.warning,
  };
  const lines = run.expectations.map(
    ({ status, expression, explanation }) =>
      `  ${painted[status](status.padEnd(9))}  ${expression}  ${paint.faint(explanation)}`,
  );
  return ["", paint.strong("Expectations"), ...lines];
}

function warningLines(run: RunResult, paint: Colours): string[] {
  const warnings = allWarnings(run);
  if (warnings.length === 0) return [];
  return ["", paint.strong("Warnings"), ...warnings.map((text) => `  ${paint.warning("!")} ${text}`)];
}

function titleLines({ run, comparisons }: RunReport, { paint, width }: TableStyle): string[] {
  const lead = headline(comparisons);
  const where = `${run.lab}: ${extent(run)}; run ${run.id}${run.status === "partial" ? ", partial" : ""}`;
  const verdict = lead === undefined ? [] : [...wrapWords(verdictSentence(lead), width).map(paint.strong), ""];
  return [...verdict, paint.faint(where)];
}

/** The run as a page of a terminal: the verdict, a row per variant, expectations, warnings. */
export function table(report: RunReport, style: TableStyle = PLAIN_PAGE): string {
  const { paint } = style;
  const parts = [
    ...titleLines(report, style),
    "",
    ...summaryLines(report, style),
    ...expectationLines(report.run, paint),
    ...warningLines(report.run, paint),
  ];
  return `${parts.join("\n")}\n`;
}
