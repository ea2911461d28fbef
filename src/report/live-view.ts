import type { Checkpoint } from "../model/run.js";
import type { LiveSample, RunEvent } from "../model/run-event.js";

/** Where a variant is on its way. */
export type LiveState = "waiting" | "starting" | "loading" | "measuring" | "done" | "failed" | "stopped";

/** One fleet, as far as its events tell. */
export interface LiveFleet {
  readonly variant: string;
  readonly workers: number;
  readonly preload: boolean;
  readonly state: LiveState;
  /** Requests that the slowest worker has served. */
  readonly requestsPerWorker: number;
  /** Requests per second over the last seconds; `null` while none are sent. */
  readonly rate: number | null;
  /** The newest measured point. */
  readonly checkpoint: Checkpoint | null;
  /** What it looked like since; `null` when a measured point is newer. */
  readonly sample: LiveSample | null;
  /** Fleet bytes of every sample and checkpoint. */
  readonly history: readonly number[];
}

/** The fleets of a run, side by side. */
export interface LiveView {
  readonly lab: string;
  readonly baseline: string;
  /** Requests per worker at the last checkpoint. */
  readonly target: number;
  /** In the order they are measured. */
  readonly fleets: readonly LiveFleet[];
  /** The fleet that something happened to last. */
  readonly active: string | null;
  readonly verdict: string | null;
  readonly paused: boolean;
}

/** Before the first event. */
export const NO_RUN: LiveView = {
  lab: "",
  baseline: "",
  target: 0,
  fleets: [],
  active: null,
  verdict: null,
  paused: false,
};

type Change = Partial<Omit<LiveFleet, "variant">>;

function withFleet(view: LiveView, variant: string, change: (fleet: LiveFleet) => Change): LiveView {
  const fleets = view.fleets.map((fleet) => (fleet.variant === variant ? { ...fleet, ...change(fleet) } : fleet));
  return { ...view, fleets, active: variant };
}

/** What a fleet costs, exactly or as the kernel divides it. */
export const costOf = (fleet: LiveFleet): number | null =>
  fleet.sample?.fleetBytes ?? fleet.checkpoint?.fleetBytes ?? fleet.checkpoint?.kernelPss ?? null;

const grown = (history: readonly number[], bytes: number | null): readonly number[] =>
  bytes === null ? history : [...history, bytes];

function withCheckpoint(view: LiveView, variant: string, checkpoint: Checkpoint): LiveView {
  return withFleet(view, variant, ({ history, requestsPerWorker, state }) => ({
    checkpoint,
    sample: null,
    state: state === "waiting" ? "done" : state,
    history: grown(history, checkpoint.fleetBytes ?? checkpoint.kernelPss),
    requestsPerWorker: Math.max(requestsPerWorker, checkpoint.requestsPerWorker),
  }));
}

/** The view after an event; what does not concern it leaves it as it is. */
export function afterEvent(view: LiveView, event: RunEvent): LiveView {
  switch (event.event) {
    case "run-started": {
      const { lab, baseline, target } = event;
      const fleets = event.variants.map(
        ({ name, workers, preload }): LiveFleet => ({
          variant: name,
          workers,
          preload,
          state: "waiting",
          requestsPerWorker: 0,
          rate: null,
          checkpoint: null,
          sample: null,
          history: [],
        }),
      );
      return { ...NO_RUN, lab, baseline, target, fleets };
    }
    case "variant-started":
      return withFleet(view, event.variant, () => ({ state: "starting", checkpoint: null, sample: null, history: [] }));
    case "loading":
      return withFleet(view, event.variant, () => ({ state: "loading" }));
    case "progress":
      return withFleet(view, event.variant, () => ({ requestsPerWorker: event.requests.min, rate: event.rate }));
    case "sample":
      return withFleet(view, event.variant, ({ history }) => ({
        sample: event,
        history: grown(history, event.fleetBytes),
      }));
    case "measuring":
      return withFleet(view, event.variant, () => ({ state: "measuring", rate: null }));
    case "checkpoint":
      return withCheckpoint(view, event.variant, event.checkpoint);
    case "variant-finished":
      return withFleet(view, event.variant, () => ({ state: event.outcome, rate: null }));
    case "verdict":
      return { ...view, verdict: event.text };
    case "paused":
      return { ...view, paused: event.paused };
    default:
      return view;
  }
}
