import type { Comparison } from "../model/comparison.js";
import type { Checkpoint, RunResult, VariantResult } from "../model/run.js";
import { workersOf } from "../model/spec.js";
import { count, megabytes, milliseconds, percent, ratio, span } from "./numbers.js";
import { fleetCost, lastCheckpoint, measuredVariants, type RunReport } from "./run-report.js";

/** A variant at its last checkpoint, as text: the rows of the terminal's and of the Markdown table. */
export interface SummaryRow {
  readonly variant: string;
  readonly requests: string;
  readonly fleet: string;
  readonly relative: string;
  readonly sharedFraction: number | null;
  readonly shared: string;
  readonly lost: string;
  readonly throughput: string;
  readonly p50: string;
  readonly p99: string;
  /** The variant that costs least. */
  readonly best: boolean;
}

/** Whether what fleets cost was counted by page frames; else it is what the kernel's PSS says, as on a rootless engine. */
export function isCounted(run: RunResult): boolean {
  const last = measuredVariants(run).flatMap((result) => lastCheckpoint(result) ?? []);
  return !last.some(({ fleetBytes, kernelPss }) => fleetBytes === null && kernelPss !== null);
}

/** The title of {@link SummaryRow.fleet}. */
export function costTitle(run: RunResult): string {
  return isCounted(run) ? "fleet MB" : "kernel PSS MB";
}

function row(result: VariantResult, at: Checkpoint, relative: number | null, best: boolean): SummaryRow {
  return {
    variant: result.variant.name,
    requests: count(at.requestsPerWorker),
    fleet: megabytes(fleetCost(at)),
    relative: ratio(relative),
    sharedFraction: at.sharedFraction?.mean ?? null,
    shared: percent(at.sharedFraction?.mean ?? null),
    lost: megabytes(at.lostBytes),
    throughput: count(at.throughput),
    p50: milliseconds(at.latency?.p50),
    p99: milliseconds(at.latency?.p99),
    best,
  };
}

function relativeTo(run: RunResult, comparisons: readonly Comparison[], name: string): number | null {
  if (name === run.spec.baseline) return 1;
  return comparisons.find(({ variant }) => variant === name)?.ratio ?? null;
}

/** One row per measured variant, in the order of the lab file. */
export function summaryRows({ run, comparisons }: RunReport): readonly SummaryRow[] {
  const points = measuredVariants(run).flatMap((result) => {
    const at = lastCheckpoint(result);
    return at === undefined ? [] : [{ result, at }];
  });
  // A fleet costs least at its first checkpoint: one that came no further is not compared.
  const whole = points.filter(({ result }) => !result.incomplete);
  const least = whole.length > 1 ? Math.min(...whole.flatMap(({ at }) => fleetCost(at) ?? [])) : Number.NaN;
  return points.map(({ result, at }) => {
    const best = !result.incomplete && fleetCost(at) === least;
    return row(result, at, relativeTo(run, comparisons, result.variant.name), best);
  });
}

/** "8 workers, 2,000 requests per worker"; the range where variants stopped at different checkpoints. */
export function extent(run: RunResult): string {
  const reached = measuredVariants(run).flatMap((result) => lastCheckpoint(result)?.requestsPerWorker ?? []);
  const variants = reached.length === 0 ? run.spec.variants : measuredVariants(run).map(({ variant }) => variant);
  const workers = `${span(variants.map((variant) => workersOf(run.spec, variant)))} workers`;
  return reached.length === 0 ? workers : `${workers}, ${span(reached)} requests per worker`;
}

const BROKEN_OFF = "its measurement was broken off; checkpoints are missing";

/** Warnings of the run and of each variant, which is named. */
export function allWarnings(run: RunResult): readonly string[] {
  const ofVariants = measuredVariants(run).flatMap(({ variant, warnings, incomplete }) =>
    [...(incomplete ? [BROKEN_OFF] : []), ...warnings].map((text) => `${variant.name}: ${text}`),
  );
  return [...run.warnings, ...ofVariants];
}
