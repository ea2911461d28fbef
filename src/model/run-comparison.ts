/** A number of run.json that runs are compared by. */
export interface Measure {
  /** Its name in run.json. */
  readonly name: string;
  readonly unit: "bytes" | "fraction" | "per second" | "seconds";
  /** Whether a larger number is the better one. */
  readonly better: "smaller" | "larger";
}

/** What a comparison of two samples amounts to; `too few repeats`: no difference of so few could be told from noise. */
export type ComparisonVerdict = "better" | "worse" | "no difference shown" | "equal" | "too few repeats";

/** One measure of one variant, in a run (or its repeats) beside the first one that was named. */
export interface MeasureComparison {
  readonly variant: string;
  readonly requestsPerWorker: number;
  readonly measure: Measure;
  /** Id of the run. */
  readonly run: string;
  /** Medians, over this many repeats each. */
  readonly value: number;
  readonly reference: number;
  readonly repeats: readonly [number, number];
  /** value / reference; `null` where the reference is zero. */
  readonly ratio: number | null;
  /** 95 % interval of the ratio: bootstrap of the medians from five repeats each; `null` below. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** Mann-Whitney, two-sided; `null` for one run each. */
  readonly p: number | null;
  /** Cliff's delta, -1 to 1; `null` for one run each. */
  readonly effect: number | null;
  readonly verdict: ComparisonVerdict;
}

/** `compare`: what runs say beside the first of them. */
export interface RunComparison {
  readonly schemaVersion: 1;
  readonly reference: string;
  /** Ids of all runs behind each named one, itself first: its repeats. */
  readonly runs: readonly (readonly string[])[];
  /** How they differ in what should be equal; only with `--force`. */
  readonly differences: readonly string[];
  readonly warnings: readonly string[];
  readonly measures: readonly MeasureComparison[];
}
