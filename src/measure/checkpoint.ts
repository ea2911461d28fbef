import type { Checkpoint, FleetSample, LoadSample, ProcessSample } from "../model/run.js";
import type { Instant } from "./sample.js";

/** Sum over the workers; `null` as soon as one does not know. */
function totalNewBytes(workers: readonly ProcessSample[]): number | null {
  return workers.reduce<number | null>(
    (sum, { newBytes }) => (sum === null || newBytes === null ? null : sum + newBytes),
    0,
  );
}

/** What the probe saw of a fleet without preload: P0 is the bare server, and neither a fraction nor a map of it says anything about the application. */
export function withoutSharedFraction(sample: FleetSample): FleetSample {
  const without = ({ maps: _, ...process }: ProcessSample): ProcessSample => ({ ...process, sharedFraction: null });
  return { ...sample, workers: sample.workers.map(without), master: without(sample.master), sharedFraction: null };
}

/**
 * A point of a variant, from what the probe saw and what the load did.
 * @param fullCollections - of each worker since the fork; empty where they cannot be told
 */
export function toCheckpoint(
  requestsPerWorker: number,
  { sample, tmpfsBytes }: Instant,
  load: LoadSample,
  fullCollections: readonly number[] = [],
): Checkpoint {
  return {
    ...(fullCollections.length === 0 ? {} : { fullCollections }),
    requestsPerWorker,
    pageSize: sample.pageSize,
    p0Pages: sample.p0Pages,
    sharedFraction: sample.sharedFraction,
    fleetBytes: sample.fleetBytes,
    lostBytes: sample.lostBytes,
    idealBytes: sample.idealBytes,
    newBytes: totalNewBytes(sample.workers),
    kernelPss: sample.kernelPss,
    masterRss: sample.masterRss,
    pageTableBytes: sample.pageTableBytes,
    tmpfsBytes,
    requests: load.requests,
    failed: load.failed,
    throughput: load.throughput,
    latency: load.latency,
    method: sample.method,
    ksmPages: sample.ksmPages,
    workers: sample.workers,
  };
}
