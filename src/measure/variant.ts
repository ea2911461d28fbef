import { LabError } from "../model/errors.js";
import type { Checkpoint, FleetSample, LoadSample, Spread } from "../model/run.js";
import type { LiveSample } from "../model/run-event.js";
import { toCheckpoint, withoutSharedFraction } from "./checkpoint.js";
import { fullCollections } from "./collections.js";
import { watchLive } from "./live.js";
import { type Freezable, type Instant, type ProbePort, takeSample } from "./sample.js";
import { warningsOf } from "./warnings.js";

/** How far the load is, for the live view. */
export interface MeasureProgress {
  readonly requests: Spread;
  readonly rate: number | null;
  readonly failed: number;
  /** Requests that each process has served, by pid. */
  readonly served: ReadonlyMap<number, number>;
}

/** What measuring needs of a load; `fleet/` has one. */
export interface LoadPort {
  /** Sends requests until every worker has served this many. */
  runTo(requestsPerWorker: number, onProgress?: (progress: MeasureProgress) => void): Promise<LoadSample>;
}

/** A fleet that has booted; `fleet/` has one. */
export interface MeasuredFleet {
  readonly container: Freezable;
  readonly probe: ProbePort;
  readonly probeCaution: string | null;
  /** Resolves when the fleet answers over HTTP; its first request. @throws LabError "fleet" */
  answers(): Promise<void>;
  explain(reason: string, cause?: unknown): Promise<LabError>;
}

export interface MeasureRequest {
  readonly fleet: MeasuredFleet;
  readonly load: LoadPort;
  /** Requests per worker at which to measure, ascending. */
  readonly checkpoints: readonly number[];
  readonly preload: boolean;
  readonly workers: number;
  /** Address of the interpreter's count of full collections, where it is known. */
  readonly collectionsAt?: number | undefined;
}

/** What happens on the way; the sample is to be stored before the load goes on. */
export interface MeasureEvents {
  /** The load sets out for the next checkpoint. */
  loading?(requestsPerWorker: number): void;
  progress?(progress: MeasureProgress): void;
  /** What the fleet looks like on the way; it runs meanwhile. */
  live?(sample: LiveSample): void;
  /** The fleet is about to be frozen. */
  sampling?(requestsPerWorker: number): void;
  checkpoint?(checkpoint: Checkpoint, raw: { readonly load: LoadSample; readonly sample: FleetSample }): Promise<void>;
}

export interface Measured {
  readonly checkpoints: readonly Checkpoint[];
  readonly warnings: readonly string[];
}

/** A fleet that died under load knows why better than the connection that broke. */
async function loadTo(request: MeasureRequest, requestsPerWorker: number, events: MeasureEvents): Promise<LoadSample> {
  const over = new AbortController();
  let now: MeasureProgress | undefined;
  const { fleet, preload, collectionsAt } = request;
  const { live } = events;
  const look = { probe: fleet.probe, preload, collectionsAt, now: () => now };
  const watched = live === undefined || requestsPerWorker === 0 ? undefined : watchLive(look, live, over.signal);
  try {
    const load = await request.load.runTo(requestsPerWorker, (progress) => {
      now = progress;
      events.progress?.(progress);
    });
    over.abort();
    // The fleet is frozen next: not while it is still being looked at.
    await watched;
    return load;
  } catch (error) {
    if (error instanceof LabError && error.code === "fleet") throw await request.fleet.explain(error.message, error);
    throw error;
  } finally {
    over.abort();
  }
}

/** A fleet that has ended says why better than an engine that cannot freeze it, or a probe that cannot read it. */
async function sampleOf(fleet: MeasuredFleet): Promise<Instant> {
  try {
    return await takeSample(fleet.container, fleet.probe);
  } catch (error) {
    const state = await fleet.container.inspect().catch(() => undefined);
    if (state?.status !== "exited") throw error;
    throw await fleet.explain("cannot be measured", error);
  }
}

/**
 * Drives a fleet through its checkpoints: load, freeze, read, go on. Whether it answers is asked after the checkpoint of
 * zero requests, which shows workers that have served nothing.
 * @throws what the load and the probe throw; checkpoints reported until then stay valid
 */
export async function measureVariant(request: MeasureRequest, events: MeasureEvents = {}): Promise<Measured> {
  const { fleet, preload, workers } = request;
  const checkpoints: Checkpoint[] = [];
  let answered = false;
  const answers = async (): Promise<void> => {
    if (!answered) await fleet.answers();
    answered = true;
  };
  for (const requestsPerWorker of request.checkpoints) {
    if (requestsPerWorker > 0) await answers();
    events.loading?.(requestsPerWorker);
    const load = await loadTo(request, requestsPerWorker, events);
    events.sampling?.(requestsPerWorker);
    const instant = await sampleOf(fleet);
    const collections = await fullCollections(fleet.probe, request.collectionsAt);
    const sample = preload ? instant.sample : withoutSharedFraction(instant.sample);
    const checkpoint = toCheckpoint(requestsPerWorker, { ...instant, sample }, load, [...collections.values()]);
    checkpoints.push(checkpoint);
    await events.checkpoint?.(checkpoint, { load, sample });
  }
  await answers();
  const cautions = fleet.probeCaution === null ? [] : [fleet.probeCaution];
  return { checkpoints, warnings: [...cautions, ...warningsOf(checkpoints, workers)] };
}
