import { ascending, median, quantile } from "./distribution.js";

/** Fewer values than this give bounds that are far too narrow. */
export const BOOTSTRAP_FROM = 5;

const RESAMPLES = 4000;

/** Numbers in [0, 1), the same ones for the same seed (the minimal standard generator of Park and Miller 1988). */
export function seeded(seed: number): () => number {
  const modulus = 2 ** 31 - 1;
  let state = (Math.abs(Math.trunc(seed)) % (modulus - 1)) + 1;
  return () => {
    state = (state * 48_271) % modulus;
    return (state - 1) / (modulus - 1);
  };
}

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

function resampled(values: readonly number[], uniform: () => number): number[] {
  return values.map(() => values[Math.floor(uniform() * values.length)] ?? Number.NaN);
}

function bounds(draw: (uniform: () => number) => number, seed: number): Bounds {
  const uniform = seeded(seed);
  const drawn = ascending(Array.from({ length: RESAMPLES }, () => draw(uniform)));
  return { low: quantile(drawn, 0.025), high: quantile(drawn, 0.975) };
}

/**
 * The percentile bootstrap's 95 % interval of a median (Efron 1979); the same values and seed give the same bounds.
 * @returns `null` with fewer than five values
 */
export function medianBounds(values: readonly number[], seed = 1): Bounds | null {
  if (values.length < BOOTSTRAP_FROM) return null;
  return bounds((uniform) => median(resampled(values, uniform)), seed);
}

/**
 * The same for the median of one sample divided by that of another, which was measured independently.
 * @param mine - above zero, like `baseline`
 * @returns `null` where a sample has fewer than five values
 */
export function ratioBounds(mine: readonly number[], baseline: readonly number[], seed = 1): Bounds | null {
  if (Math.min(mine.length, baseline.length) < BOOTSTRAP_FROM) return null;
  return bounds((uniform) => median(resampled(mine, uniform)) / median(resampled(baseline, uniform)), seed);
}
