import type { Checkpoint, RunResult } from "../model/run.js";
import type { Savings } from "../model/savings.js";
import { workersOf } from "../model/spec.js";

const PAGE = 4096;

interface Cost {
  readonly bytes: number;
  readonly perWorker: number;
  readonly fixed: number;
}

/**
 * Fixed cost of a fleet and cost of a worker: a worker pays for its lost, replaced and new pages and its page tables;
 * the rest, shared pages and master, is there once. Linear in the number of workers, which lab `workers-sweep` measures.
 */
function costOf(point: Checkpoint): Cost | undefined {
  const { fleetBytes, workers, pageSize = PAGE, pageTableBytes } = point;
  if (fleetBytes === null || workers.length === 0) return undefined;
  const own = workers.map((one) =>
    one.lost === null || one.replaced === null || one.newBytes === null
      ? Number.NaN
      : (one.lost + one.replaced) * pageSize + one.newBytes + one.pageTableBytes,
  );
  const perWorker = own.reduce((sum, value) => sum + value, 0) / own.length;
  const bytes = fleetBytes + pageTableBytes;
  return Number.isFinite(perWorker) && perWorker > 0
    ? { bytes, perWorker, fixed: Math.max(0, bytes - perWorker * workers.length) }
    : undefined;
}

function workersWithin({ fixed, perWorker }: Cost, budget: number): number {
  return Math.max(0, Math.floor((budget - fixed) / perWorker));
}

/**
 * What each measured variant would save against the baseline, at the last checkpoint of both.
 * @param budget - bytes that a fleet may take
 */
export function savings({ spec, variants }: Pick<RunResult, "spec" | "variants">, budget: number): Savings[] {
  const last = (name: string): Checkpoint | undefined => variants[name]?.checkpoints.at(-1);
  const base = last(spec.baseline);
  const baseCost = base && costOf(base);
  if (base === undefined || baseCost === undefined) return [];
  return spec.variants.flatMap((variant): Savings[] => {
    const point = last(variant.name);
    const cost = point && costOf(point);
    const comparable =
      point?.workers.length === base.workers.length && point?.requestsPerWorker === base.requestsPerWorker;
    if (variant.name === spec.baseline || cost === undefined || !comparable) return [];
    return [
      {
        variant: variant.name,
        baseline: spec.baseline,
        budget,
        workers: workersOf(spec, variant),
        requestsPerWorker: point.requestsPerWorker,
        bytes: cost.bytes,
        baselineBytes: baseCost.bytes,
        perWorker: cost.perWorker,
        baselinePerWorker: baseCost.perWorker,
        fit: workersWithin(cost, budget),
        baselineFit: workersWithin(baseCost, budget),
      },
    ];
  });
}
