import type { ProgressStyle } from "../report/formats.js";
import type { Reporter } from "../report/reporter.js";
import type { Environment } from "../system/env.js";

/** The reporter that `--progress` asks for, on stderr. Loaded only by commands that have progress to show. */
export async function progressFor(
  style: string,
  environment: Environment,
  { live = true }: { readonly live?: boolean } = {},
): Promise<Reporter> {
  const { createReporter } = await import("../report/reporter.js");
  return createReporter(style as ProgressStyle, environment, process.stderr, live);
}
