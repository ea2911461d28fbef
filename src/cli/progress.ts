import { createReporter, type ProgressStyle, type Reporter } from "../report/reporter.js";
import type { Environment } from "../system/env.js";

/** The reporter that `--progress` asks for, on stderr. */
export function progressFor(style: string, environment: Environment): Reporter {
  return createReporter(style as ProgressStyle, environment);
}
