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

/** Which report of an output it is. Machines read several as one: JSON a line each, CSV below one header. */
export type Place = "only" | "first" | "later";

/** A run as text. Only the table looks different on a terminal. */
export function renderReport(
  report: RunReport,
  format: ReportFormat,
  terminal: Terminal = {},
  place: Place = "only",
): string {
  const { coloured = false, width = Number.POSITIVE_INFINITY } = terminal;
  if (format === "table") return table(report, { paint: colours(coloured), width });
  if (format === "json") return json(report, place === "only");
  return format === "csv" ? csv(report, place !== "later") : markdown(report);
}
