import type { Checkpoint, FleetSample, ProbeMethod, Spread } from "./run.js";

/** A worker between two checkpoints. Memory in bytes. */
export interface LiveWorker {
  readonly pid: number;
  /** Requests that it has served; `null` before its first answer. */
  readonly requests: number | null;
  readonly sharedBytes: number | null;
  readonly lostBytes: number | null;
  readonly newBytes: number | null;
  /** Collections of the oldest generation since the fork; `null` where that cannot be told. */
  readonly fullCollections: number | null;
  /**
   * A digit for each stretch of the preloaded pages, by address: 0 nothing lost, 9 all of it. Empty where the
   * method does not tell which pages are lost.
   */
  readonly lost: string;
  /** The same for pages that the worker has no more: replaced or absent. */
  readonly gone: string;
  /** The same for new pages, as a multiple of the pages of the stretch: 9 for as many, or more. */
  readonly fresh: string;
}

/** A fleet under load: it was not frozen for this. Memory in bytes. */
export interface LiveSample {
  readonly requestsPerWorker: number;
  readonly requests: Spread;
  /** Requests per second over the last seconds. */
  readonly rate: number | null;
  readonly failed: number;
  readonly p0Bytes: number;
  readonly sharedFraction: Spread | null;
  readonly fleetBytes: number | null;
  readonly lostBytes: number | null;
  readonly idealBytes: number | null;
  readonly method: ProbeMethod;
  readonly workers: readonly LiveWorker[];
  /** Seconds of processor time: the probe's, and the tool's for the sample before. */
  readonly cost: { readonly probe: number; readonly tool: number };
}

/** Why pages were lost, at the end of a variant. */
export interface BlameNotice {
  readonly lostPages: number;
  readonly namedFraction: number | null;
  /** Most pages first; a few. */
  readonly causes: readonly { readonly name: string; readonly pages: number }[];
  /** What it took: at the gate, while frozen, and afterwards. */
  readonly seconds: { readonly saving: number; readonly reading: number; readonly analysing: number };
}

/** One variant of a run, before anything happened to it. */
export interface VariantNotice {
  readonly name: string;
  readonly workers: number;
  readonly preload: boolean;
}

/** What happens in a run, in order. */
export type RunEvent =
  | {
      readonly event: "run-started";
      readonly run: string;
      readonly lab: string;
      readonly title: string;
      /** In the order they are measured; those that were measured before come first. */
      readonly variants: readonly VariantNotice[];
      readonly baseline: string;
      /** Requests per worker at the last checkpoint. */
      readonly target: number;
    }
  | { readonly event: "variant-started"; readonly variant: string }
  /** The load sets out for the next checkpoint. */
  | { readonly event: "loading"; readonly variant: string; readonly requestsPerWorker: number }
  | {
      readonly event: "progress";
      readonly variant: string;
      readonly requests: Spread;
      readonly rate: number | null;
      readonly failed: number;
    }
  | ({ readonly event: "sample"; readonly variant: string } & LiveSample)
  /** The fleet is frozen, or its lost pages are being blamed. */
  | { readonly event: "measuring"; readonly variant: string }
  | { readonly event: "checkpoint"; readonly variant: string; readonly checkpoint: Checkpoint }
  | ({ readonly event: "blame"; readonly variant: string } & BlameNotice)
  | { readonly event: "paused"; readonly paused: boolean }
  | { readonly event: "verdict"; readonly text: string }
  | {
      readonly event: "variant-finished";
      readonly variant: string;
      readonly outcome: "done" | "failed" | "stopped";
    }
  | { readonly event: "finished"; readonly status: "complete" | "partial" };

/** An event as it is written down: a line of `events.ndjson`. */
export type RecordedEvent = {
  readonly schemaVersion: 1;
  /** Counts from 1 within a run. */
  readonly id: number;
  /** ISO 8601, UTC. */
  readonly time: string;
} & RunEvent;

/** Events that are only of the moment: they are shown, and not recorded. */
export const isPassing = ({ event }: RunEvent): boolean => event === "progress";

/** What a sample under load is made of, beside what the load knows. */
export type LiveProbeSample = Pick<
  FleetSample,
  "p0Pages" | "pageSize" | "sharedFraction" | "fleetBytes" | "lostBytes" | "idealBytes" | "method"
>;

/** What has happened in a run so far, and what happens from now on. */
export interface EventFeed {
  /** In order, without what is only of the moment. */
  readonly history: readonly RecordedEvent[];
  /** @returns ends the listening */
  listen(take: (event: RecordedEvent) => void): () => void;
}
