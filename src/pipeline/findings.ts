import { alignColumns } from "../report/columns.js";

/** What `doctor` found about one thing. */
export interface Finding {
  readonly check: string;
  readonly status: "ok" | "warn" | "fail";
  readonly found: string;
  /** What to do; empty where nothing has to be done. */
  readonly remedy: string;
}

export type Verdict = readonly [status: Finding["status"], remedy: string];

export const GOOD: Verdict = ["ok", ""];

export function finding(check: string, found: string, [status, remedy]: Verdict): Finding {
  return { check, status, found, remedy };
}

/** One line per finding, or all as JSON. @param more - further keys of the JSON */
export function showFindings(findings: readonly Finding[], format: "table" | "json", more: object = {}): string {
  if (format === "json") return JSON.stringify({ schemaVersion: 1, findings, ...more }, null, 2);
  const columns = ["", "check", "found", "do"].map((title) => ({ title, align: "left" as const }));
  const rows = findings.map(({ status, check, found, remedy }) => [status, check, found, remedy]);
  return alignColumns(columns, rows).join("\n");
}
