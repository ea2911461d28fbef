import type { Checkpoint } from "../model/run.js";

/** Where a variant is on its way. */
export type LiveState = "waiting" | "starting" | "loading" | "measuring" | "done" | "failed" | "stopped";

/** One variant of the live view. */
export interface LiveRow {
  readonly variant: string;
  readonly state: LiveState;
  /** Requests that the slowest worker has served. */
  readonly requestsPerWorker: number;
  /** Requests per worker at the last checkpoint to come. */
  readonly target: number;
  /** Requests per second over the last seconds; `null` while none are sent. */
  readonly rate: number | null;
  /** The newest measured point. */
  readonly checkpoint: Checkpoint | null;
}

export type LiveChange = Partial<Omit<LiveRow, "variant">>;

/** The fleets of a run, side by side, while they are measured. */
export interface LiveTable {
  /** Merges a change into a variant's row. */
  set(variant: string, change: LiveChange): void;
  /** A sentence to stand above the table from now on (the first verdict). */
  headline(text: string): void;
  /** Leaves the last state standing and stops redrawing. */
  close(): void;
}

/** What a live table is about. */
export interface LiveTitle {
  readonly lab: string;
  /** Of each variant; at least one. */
  readonly workers: readonly number[];
  /** In the order of the rows. */
  readonly variants: readonly string[];
  readonly target: number;
}

/** The rows before anything happened. */
export function waitingRows({ variants, target }: LiveTitle): Map<string, LiveRow> {
  return new Map(
    variants.map((variant) => [
      variant,
      { variant, state: "waiting", requestsPerWorker: 0, target, rate: null, checkpoint: null },
    ]),
  );
}

/** @returns the changed row, or `undefined` for a variant the table does not have */
export function mergeRow(rows: Map<string, LiveRow>, variant: string, change: LiveChange): LiveRow | undefined {
  const row = rows.get(variant);
  if (row === undefined) return undefined;
  const merged = { ...row, ...change };
  rows.set(variant, merged);
  return merged;
}
