import type { RunResult } from "../model/run.js";
import { BOOTSTRAP_FROM } from "./bootstrap.js";
import { outliers } from "./distribution.js";

/** Stock interpreters rarely run a full collection below this many requests per worker (DESIGN, "Measuring"). */
const COLLECTED_FROM = 1000;

/** Repeats whose throughput differs by more than this factor were disturbed. */
const UNSTEADY = 1.25;

function ofHost({ provenance: { host } }: RunResult): (string | undefined)[] {
  const { thp, ksm, swapBytes, loadAverage, cpus } = host;
  return [
    thp === "always"
      ? "transparent huge pages are always on: fleets switch them off for themselves, other processes do not; echo madvise >/sys/kernel/mm/transparent_hugepage/enabled"
      : undefined,
    ksm === "on"
      ? "KSM merges equal pages of this host, which no fork shared; echo 2 >/sys/kernel/mm/ksm/run"
      : undefined,
    swapBytes > 0 ? "this host has swap: an engine that cannot limit it may swap a fleet; swapoff -a" : undefined,
    loadAverage !== undefined && loadAverage > cpus
      ? `${loadAverage.toFixed(1)} processes wanted the ${cpus} CPUs when the run began: bytes are right, times are not; end what else runs and measure again`
      : undefined,
  ];
}

function ofCollections({ spec, variants }: RunResult): string | undefined {
  const stock = spec.variants.filter(({ beforeFork, preload }) => preload && beforeFork.length === 0);
  const reached = stock.flatMap(({ name }) => variants[name]?.checkpoints.map((one) => one.requestsPerWorker) ?? []);
  if (reached.length === 0 || Math.max(...reached) >= COLLECTED_FROM) return undefined;
  return `below ${COLLECTED_FROM} requests per worker a full collection may not have run, which is what unshares most of a stock heap; measure with --requests 2000 or more`;
}

function lastThroughput({ variants }: RunResult, name: string): number[] {
  const last = variants[name]?.incomplete ? undefined : variants[name]?.checkpoints.at(-1);
  return last?.throughput ? [last.throughput] : [];
}

function ofRepeats(repeats: readonly RunResult[]): (string | undefined)[] {
  if (repeats.length < 2) return [];
  const few =
    repeats.length < BOOTSTRAP_FROM
      ? `${repeats.length} repeats give wide intervals; measure with --repeats ${BOOTSTRAP_FROM} or more`
      : undefined;
  const unsteady = Object.keys(repeats[0]?.variants ?? {}).map((name) => {
    const rates = repeats.flatMap((run) => lastThroughput(run, name));
    const far = outliers(rates).length;
    const factor = rates.length < 2 ? 1 : Math.max(...rates) / Math.min(...rates);
    if (far === 0 && factor < UNSTEADY) return undefined;
    const what =
      far > 0 ? `${far} of ${rates.length} repeats are outliers` : `differs ${factor.toFixed(2)} times between repeats`;
    return `${name}: throughput ${what}; something else used this machine: end it and measure again`;
  });
  return [few, ...unsteady];
}

/**
 * What makes the numbers of a run doubtful, each with its remedy; derived, so that old runs get it too.
 * @param repeats - all passes of its series, the run among them
 */
export function cautionsOf(run: RunResult, repeats: readonly RunResult[]): readonly string[] {
  return [...ofHost(run), ofCollections(run), ...ofRepeats(repeats)].filter((text) => text !== undefined);
}
