import type { Checkpoint, RunResult } from "../model/run.js";
import type { ComparisonVerdict, Measure, MeasureComparison, RunComparison } from "../model/run-comparison.js";
import { BOOTSTRAP_FROM, ratioBounds } from "./bootstrap.js";
import { differences } from "./comparable.js";
import { median, outliers } from "./distribution.js";
import { mannWhitney, type RankTest } from "./mann-whitney.js";

type Reader = (checkpoint: Checkpoint) => number | null;

const MEASURES: readonly (readonly [Measure, Reader])[] = [
  [{ name: "fleetBytes", unit: "bytes", better: "smaller" }, (c) => c.fleetBytes],
  [{ name: "kernelPss", unit: "bytes", better: "smaller" }, (c) => (c.fleetBytes === null ? c.kernelPss : null)],
  [{ name: "lostBytes", unit: "bytes", better: "smaller" }, (c) => c.lostBytes],
  [{ name: "sharedFraction", unit: "fraction", better: "larger" }, (c) => c.sharedFraction?.mean ?? null],
  [{ name: "throughput", unit: "per second", better: "larger" }, (c) => c.throughput],
  [{ name: "latency.p50", unit: "seconds", better: "smaller" }, (c) => c.latency?.p50 ?? null],
  [{ name: "latency.p99", unit: "seconds", better: "smaller" }, (c) => c.latency?.p99 ?? null],
];

/** Below this a difference is called one. */
const SIGNIFICANT = 0.05;

/** Checkpoints of a variant in runs that measured it to the end. */
function pointsOf(runs: readonly RunResult[], variant: string): readonly (readonly Checkpoint[])[] {
  return runs.flatMap(({ variants }) => {
    const result = variants[variant];
    return result === undefined || result.incomplete ? [] : [result.checkpoints];
  });
}

/** The largest checkpoint that every one of these has. */
function commonPoint(all: readonly (readonly Checkpoint[])[]): number | undefined {
  const [first = [], ...others] = all.map((points) => points.map((point) => point.requestsPerWorker));
  const common = first.filter((point) => others.every((points) => points.includes(point)));
  return common.length === 0 ? undefined : Math.max(...common);
}

function valuesAt(all: readonly (readonly Checkpoint[])[], at: number, read: Reader): number[] {
  return all.flatMap((points) => {
    const point = points.find(({ requestsPerWorker }) => requestsPerWorker === at);
    return (point && read(point)) ?? [];
  });
}

/** The smallest p that samples of these sizes can give: they are apart, in either order. */
function leastProbability(first: number, second: number): number {
  let arrangements = 1;
  for (let one = 1; one <= first; one += 1) arrangements *= (second + one) / one;
  return 2 / arrangements;
}

/** The direction is that of the ranks, which p is about: medians may be equal all the same, or lie the other way. */
function verdictOf(
  { better }: Measure,
  values: readonly number[],
  references: readonly number[],
  test: RankTest | null,
): ComparisonVerdict {
  if (test === null || leastProbability(values.length, references.length) >= SIGNIFICANT) return "too few repeats";
  if (new Set([...values, ...references]).size === 1) return "equal";
  if (test.p >= SIGNIFICANT) return "no difference shown";
  return test.effect < 0 === (better === "smaller") ? "better" : "worse";
}

function compareMeasure(
  [measure]: (typeof MEASURES)[number],
  values: readonly number[],
  references: readonly number[],
): Omit<MeasureComparison, "variant" | "requestsPerWorker" | "run"> | undefined {
  if (values.length === 0 || references.length === 0) return undefined;
  const [value, reference] = [median(values), median(references)];
  const repeated = Math.max(values.length, references.length) > 1;
  const test = repeated ? mannWhitney(values, references) : null;
  const positive = [...values, ...references].every((one) => one > 0);
  return {
    measure,
    value,
    reference,
    repeats: [values.length, references.length],
    ratio: reference === 0 ? null : value / reference,
    interval: positive ? ratioBounds(values, references) : null,
    p: test?.p ?? null,
    effect: test?.effect ?? null,
    verdict: verdictOf(measure, values, references, test),
  };
}

function compareGroup(group: readonly RunResult[], reference: readonly RunResult[]): MeasureComparison[] {
  const run = group[0]?.id ?? "";
  return Object.keys(reference[0]?.variants ?? {}).flatMap((variant) => {
    const [mine, its] = [pointsOf(group, variant), pointsOf(reference, variant)];
    const at = mine.length === 0 || its.length === 0 ? undefined : commonPoint([...mine, ...its]);
    if (at === undefined) return [];
    return MEASURES.flatMap((entry) => {
      const compared = compareMeasure(entry, valuesAt(mine, at, entry[1]), valuesAt(its, at, entry[1]));
      return compared === undefined ? [] : [{ variant, requestsPerWorker: at, run, ...compared }];
    });
  });
}

function cautions(groups: readonly (readonly RunResult[])[]): string[] {
  const fewest = Math.min(...groups.map((group) => group.length));
  const few =
    fewest < BOOTSTRAP_FROM
      ? [
          `the smaller sample has ${fewest} of at least ${BOOTSTRAP_FROM} repeats: no intervals, and times may differ by chance; measure with majek-lab run LAB --repeats ${BOOTSTRAP_FROM}`,
        ]
      : [];
  const odd = groups.flatMap((group) =>
    Object.keys(group[0]?.variants ?? {}).flatMap((variant) => {
      const points = pointsOf(group, variant);
      const at = points.length === 0 ? undefined : commonPoint(points);
      const far = at === undefined ? [] : outliers(valuesAt(points, at, ({ throughput }) => throughput));
      if (far.length === 0) return [];
      return [
        `${group[0]?.id} ${variant}: ${far.length} of ${points.length} repeats have an outlying throughput: something else used this machine; end it and measure again`,
      ];
    }),
  );
  return [...few, ...odd];
}

/** Every way in which runs differ that must not, each difference once. */
export function allDifferences(groups: readonly (readonly RunResult[])[]): readonly string[] {
  const [reference, ...others] = groups.flat();
  return reference === undefined ? [] : others.flatMap((other) => differences(reference, other));
}

/**
 * Runs beside the first of them, by variant and measure, at the largest checkpoint that all of them have.
 * @param groups - for each named run itself and its repeats; the first group is the reference
 */
export function compareRuns(groups: readonly (readonly RunResult[])[]): RunComparison {
  const [reference = [], ...others] = groups;
  return {
    schemaVersion: 1,
    reference: reference[0]?.id ?? "",
    runs: groups.map((group) => group.map(({ id }) => id)),
    differences: allDifferences(groups),
    warnings: cautions(groups),
    measures: others.flatMap((group) => compareGroup(group, reference)),
  };
}
