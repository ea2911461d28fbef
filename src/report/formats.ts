/** Values of `--format`. Alone in this file with those of `--progress`, so that a help text loads no exporter. */
export const REPORT_FORMATS = ["table", "json", "csv", "markdown"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Values of `--progress`. */
export const PROGRESS_STYLES = ["auto", "tty", "plain", "json", "quiet"] as const;
export type ProgressStyle = (typeof PROGRESS_STYLES)[number];
