import type { RunReport } from "./run-report.js";

/**
 * The stored run as it is: same names, same `schemaVersion` as run.json.
 * @param indented - for people; else it is one line
 */
export function json({ run }: RunReport, indented = true): string {
  return `${JSON.stringify(run, null, indented ? 2 : undefined)}\n`;
}
