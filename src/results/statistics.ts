import type { RatioEstimate, RepeatedComparison } from "../model/estimate.js";
import type { RunResult } from "../model/run.js";

/** Two-sided 95 % quantiles of Student's t with 1, 2, ... 30 degrees of freedom; beyond, the last is kept: never too narrow. */
const STUDENT_T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/**
 * How many times larger one thing is than another that was measured beside it, each time: geometric mean, with Student's
 * interval over the logarithms of the ratios. Not a bootstrap: over the few pairs of a run those bounds are too narrow.
 * @param pairs - `[mine, baseline]`, both above zero; measured close together, so that what drifts hits both
 * @returns `null` with fewer than two pairs
 */
export function pairedRatio(pairs: readonly (readonly [number, number])[]): RatioEstimate | null {
  const freedom = pairs.length - 1;
  const quantile = STUDENT_T[Math.min(freedom, STUDENT_T.length) - 1];
  if (quantile === undefined) return null;
  const logs = pairs.map(([mine, baseline]) => Math.log(mine / baseline));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / freedom;
  const half = quantile * Math.sqrt(variance / logs.length);
  return { ratio: Math.exp(mean), low: Math.exp(mean - half), high: Math.exp(mean + half), pairs: pairs.length };
}

/** Requests answered per second over a whole run of a variant, all legs together. */
function overallThroughput(run: RunResult, variant: string): number | null {
  if (run.variants[variant]?.incomplete) return null;
  let [requests, seconds, before] = [0, 0, 0];
  for (const { requests: served, throughput } of run.variants[variant]?.checkpoints ?? []) {
    const answered = served.mean - before;
    before = served.mean;
    if (throughput === null || throughput === 0) continue;
    requests += answered;
    seconds += answered / throughput;
  }
  return seconds === 0 ? null : requests / seconds;
}

function finalBytes({ variants }: RunResult, variant: string): number | null {
  return variants[variant]?.incomplete ? null : (variants[variant]?.checkpoints.at(-1)?.fleetBytes ?? null);
}

function ratioOf(
  runs: readonly RunResult[],
  variant: string,
  baseline: string,
  read: (run: RunResult, variant: string) => number | null,
): RatioEstimate | null {
  const pairs = runs.flatMap((run) => {
    const [mine, its] = [read(run, variant), read(run, baseline)];
    return mine === null || its === null ? [] : [[mine, its] as const];
  });
  return pairedRatio(pairs);
}

/**
 * Throughput of a variant relative to another one, over repeated runs (`run --repeats`), paired run by run.
 * @returns `null` with fewer than two runs that measured both
 */
export function throughputRatio(runs: readonly RunResult[], variant: string, baseline: string): RatioEstimate | null {
  return ratioOf(runs, variant, baseline, overallThroughput);
}

/** Every variant of repeated runs beside the baseline, in the order of the first run. Memory is that of the last checkpoint. */
export function compareRepeats(runs: readonly RunResult[], baseline: string): readonly RepeatedComparison[] {
  return Object.keys(runs[0]?.variants ?? {})
    .filter((variant) => variant !== baseline)
    .map((variant) => ({
      variant,
      fleetBytes: ratioOf(runs, variant, baseline, finalBytes),
      throughput: throughputRatio(runs, variant, baseline),
    }));
}
