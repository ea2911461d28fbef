import type { Comparison } from "../model/comparison.js";
import type { Checkpoint, RunResult, VariantResult } from "../model/run.js";

/** What every exporter gets: the stored run and what was derived from it. */
export interface RunReport {
  readonly run: RunResult;
  /** Each measured variant beside the baseline, in the order of the lab file. */
  readonly comparisons: readonly Comparison[];
}

/** Variants that were measured, in the order of the lab file. */
export function measuredVariants(run: RunResult): readonly VariantResult[] {
  return run.spec.variants.flatMap(({ name }) => run.variants[name] ?? []);
}

/** The checkpoint with the most requests per worker; `undefined` before the first. */
export function lastCheckpoint(result: VariantResult): Checkpoint | undefined {
  return result.checkpoints.reduce<Checkpoint | undefined>(
    (last, next) => (last === undefined || next.requestsPerWorker > last.requestsPerWorker ? next : last),
    undefined,
  );
}

/** What the fleet costs: distinct frames, or kernel PSS where frame numbers cannot be read. */
export function fleetCost(checkpoint: Checkpoint): number | null {
  return checkpoint.fleetBytes ?? checkpoint.kernelPss;
}
