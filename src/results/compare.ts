import type { Comparison } from "../model/comparison.js";
import type { Checkpoint, RunResult, VariantResult } from "../model/run.js";
import { workersOf } from "../model/spec.js";

/** The two checkpoints with the largest number of requests per worker that both variants have reached. */
function commonCheckpoint(a: VariantResult, b: VariantResult): readonly [Checkpoint, Checkpoint] | undefined {
  const pairs = a.checkpoints.flatMap((mine) => {
    const other = b.checkpoints.find((its) => its.requestsPerWorker === mine.requestsPerWorker);
    return other === undefined ? [] : [[mine, other] as const];
  });
  return pairs.reduce<(typeof pairs)[number] | undefined>(
    (best, pair) => (best === undefined || pair[0].requestsPerWorker > best[0].requestsPerWorker ? pair : best),
    undefined,
  );
}

interface Cost {
  readonly measure: Comparison["measure"];
  readonly bytes: number;
  readonly baselineBytes: number;
}

/** A variant that was measured to the end; the first checkpoints alone say little, and nothing about the last. */
function complete(run: RunResult, name: string): VariantResult | undefined {
  const result = run.variants[name];
  return result?.incomplete ? undefined : result;
}

/** Distinct frames where both were counted by frames, else kernel PSS; never one against the other. */
function costs(mine: Checkpoint, baseline: Checkpoint): Cost | undefined {
  for (const measure of ["fleetBytes", "kernelPss"] as const) {
    const [bytes, baselineBytes] = [mine[measure], baseline[measure]];
    if (bytes !== null && baselineBytes !== null && baselineBytes > 0) return { measure, bytes, baselineBytes };
  }
  return undefined;
}

function quotient(a: number | null, b: number | null): number | null {
  return a === null || b === null || b === 0 ? null : a / b;
}

function compare(run: RunResult, result: VariantResult, baseline: VariantResult): Comparison | undefined {
  const workers = workersOf(run.spec, result.variant);
  if (workers !== workersOf(run.spec, baseline.variant)) return undefined;
  const pair = commonCheckpoint(result, baseline);
  const cost = pair && costs(...pair);
  if (pair === undefined || cost === undefined) return undefined;
  const [mine, its] = pair;
  const [warmup, baselineWarmup] = [result.variant.warmup, baseline.variant.warmup];
  return {
    variant: result.variant.name,
    baseline: baseline.variant.name,
    workers,
    requestsPerWorker: mine.requestsPerWorker,
    ...cost,
    ratio: cost.bytes / cost.baselineBytes,
    sharedFraction: mine.sharedFraction?.mean ?? null,
    throughputRatio: quotient(mine.throughput, its.throughput),
    warmups: warmup === baselineWarmup ? null : [warmup, baselineWarmup],
  };
}

/**
 * Every variant of a run beside its baseline, in the order of the lab file.
 * Variants that were not measured to the end, have another number of workers, or share no checkpoint with the baseline,
 * are left out.
 */
export function compareToBaseline(run: RunResult): readonly Comparison[] {
  const baseline = complete(run, run.spec.baseline);
  if (baseline === undefined) return [];
  return run.spec.variants.flatMap(({ name }) => {
    const result = name === run.spec.baseline ? undefined : complete(run, name);
    const comparison = result && compare(run, result, baseline);
    return comparison === undefined ? [] : [comparison];
  });
}
