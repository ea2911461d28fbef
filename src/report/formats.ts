/** Values of `--format`. Alone in this file, so that a help text needs no exporter. */
export const REPORT_FORMATS = ["table", "json", "csv", "markdown"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];
