import type { RunReport } from "./run-report.js";

/** The stored run as it is: same names, same `schemaVersion` as run.json. */
export function json({ run }: RunReport): string {
  return `${JSON.stringify(run, null, 2)}\n`;
}
