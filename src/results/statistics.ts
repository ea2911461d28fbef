import type { RunResult } from "../model/run.js";

/** A ratio with the interval that holds it with 95 % confidence. */
export interface RatioEstimate {
  /** Geometric mean of the pairs' ratios. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  readonly pairs: number;
}

/** Resamples of the bootstrap: the bounds then vary by less than the last digit that is shown. */
const RESAMPLES = 10_000;

/** Mulberry32 (Tommy Ettinger, public domain): small, and equal data gives equal bounds. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Median; `null` of nothing. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/**
 * How many times larger one thing is than another that was measured beside it, each time.
 * Percentile bootstrap (Efron) over the logarithms of the pairs' ratios, with a fixed seed.
 * @param pairs - `[mine, baseline]`, both above zero; measured close together, so that what drifts hits both
 * @returns `null` with fewer than two pairs
 */
export function pairedRatio(pairs: readonly (readonly [number, number])[]): RatioEstimate | null {
  if (pairs.length < 2) return null;
  const logs = pairs.map(([mine, baseline]) => Math.log(mine / baseline));
  const random = generator(1);
  const means = Array.from({ length: RESAMPLES }, () =>
    mean(logs.map(() => logs[Math.floor(random() * logs.length)] ?? 0)),
  ).sort((a, b) => a - b);
  const at = (share: number): number => Math.exp(means[Math.round(share * (RESAMPLES - 1))] ?? 0);
  return { ratio: Math.exp(mean(logs)), low: at(0.025), high: at(0.975), pairs: pairs.length };
}

/** Requests answered per second over a whole run of a variant, all legs together. */
function overallThroughput(run: RunResult, variant: string): number | null {
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

/**
 * Throughput of a variant relative to another one, over repeated runs (`run --repeats`), paired run by run.
 * @returns `null` with fewer than two runs that measured both
 */
export function throughputRatio(runs: readonly RunResult[], variant: string, baseline: string): RatioEstimate | null {
  const pairs = runs.flatMap((run) => {
    const [mine, its] = [overallThroughput(run, variant), overallThroughput(run, baseline)];
    return mine === null || its === null ? [] : [[mine, its] as const];
  });
  return pairedRatio(pairs);
}
