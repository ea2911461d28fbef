import type { Checkpoint, Spread } from "./run.js";

/** Reads one number from a checkpoint; `null` where it was not measured. */
export type MetricReader = (checkpoint: Checkpoint) => number | null;

function spread(name: string, read: (checkpoint: Checkpoint) => Spread | null): [string, MetricReader][] {
  return [
    [name, (checkpoint) => read(checkpoint)?.mean ?? null],
    [`${name}.mean`, (checkpoint) => read(checkpoint)?.mean ?? null],
    [`${name}.min`, (checkpoint) => read(checkpoint)?.min ?? null],
    [`${name}.max`, (checkpoint) => read(checkpoint)?.max ?? null],
  ];
}

/** Every metric that `expect` may name, by its name in run.json. One table, so that what validates also evaluates. */
export const METRICS: ReadonlyMap<string, MetricReader> = new Map<string, MetricReader>([
  ["requestsPerWorker", ({ requestsPerWorker }) => requestsPerWorker],
  ["p0Pages", ({ p0Pages }) => p0Pages],
  ...spread("sharedFraction", ({ sharedFraction }) => sharedFraction),
  ["fleetBytes", ({ fleetBytes }) => fleetBytes],
  ["lostBytes", ({ lostBytes }) => lostBytes],
  ["idealBytes", ({ idealBytes }) => idealBytes],
  ["newBytes", ({ newBytes }) => newBytes],
  ["kernelPss", ({ kernelPss }) => kernelPss],
  ["masterRss", ({ masterRss }) => masterRss],
  ["pageTableBytes", ({ pageTableBytes }) => pageTableBytes],
  ["tmpfsBytes", ({ tmpfsBytes }) => tmpfsBytes],
  ...spread("requests", ({ requests }) => requests),
  ["failed", ({ failed }) => failed],
  ["throughput", ({ throughput }) => throughput],
  ["latency.p50", ({ latency }) => latency?.p50 ?? null],
  ["latency.p99", ({ latency }) => latency?.p99 ?? null],
  ["ksmPages", ({ ksmPages }) => ksmPages],
]);
