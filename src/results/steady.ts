/** What a long-running fleet took at one moment. */
export interface SteadySample {
  /** Since the load began. */
  readonly seconds: number;
  readonly bytes: number;
}

const mean = (samples: readonly SteadySample[]): number =>
  samples.reduce((sum, { bytes }) => sum + bytes, 0) / samples.length;

/**
 * How much memory grew once it had settled: the mean of the last third of the time against that of the first third, so
 * that neither a single high sample nor a single low one decides.
 * @param settled - seconds after which memory should be flat; earlier samples do not count
 * @returns the growth as a fraction of the first third, below zero for a fleet that shrinks; `null` where a third has no sample
 */
export function steadyGrowth(samples: readonly SteadySample[], settled: number): number | null {
  const late = samples.filter(({ seconds }) => seconds >= settled);
  const third = ((late.at(-1)?.seconds ?? settled) - settled) / 3;
  const first = late.filter(({ seconds }) => seconds <= settled + third);
  const last = late.filter(({ seconds }) => seconds >= settled + 2 * third);
  if (third === 0 || first.length === 0) return null;
  return mean(last) / mean(first) - 1;
}
