import { colours } from "./colours.js";
import { csv } from "./csv.js";
import type { ReportFormat } from "./formats.js";
import { json } from "./json.js";
import { markdown } from "./markdown.js";
import type { RunReport } from "./run-report.js";
import { table } from "./table.js";

export { REPORT_FORMATS, type ReportFormat } from "./formats.js";

/** What is known about the terminal that gets the text; the defaults are those of a file. */
export interface Terminal {
  readonly coloured?: boolean;
  /** Columns. */
  readonly width?: number;
}

/** A run as text. Only the table looks different on a terminal. */
export function renderReport(report: RunReport, format: ReportFormat, terminal: Terminal = {}): string {
  const { coloured = false, width = Number.POSITIVE_INFINITY } = terminal;
  if (format === "table") return table(report, { paint: colours(coloured), width });
  const exporters = { json, csv, markdown };
  return exporters[format](report);
}
