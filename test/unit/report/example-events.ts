import type { LiveSample, LiveWorker, RecordedEvent, RunEvent } from "../../../src/model/run-event.js";

export const STARTED: RunEvent = {
  event: "run-started",
  run: "20261123T182000Z-a1b2",
  lab: "django-8workers",
  title: "Eight Django workers, one preloaded heap",
  baseline: "preload",
  target: 2000,
  variants: [
    { name: "preload", workers: 8, preload: true },
    { name: "seal", workers: 8, preload: true },
  ],
};

export function exampleWorker(pid: number): LiveWorker {
  return {
    pid,
    requests: 415,
    sharedBytes: 31_950_000,
    lostBytes: 1_200_000,
    newBytes: 2_400_000,
    fullCollections: 1,
    lost: "0".repeat(95).concat("9"),
    gone: "0".repeat(96),
    fresh: "0".repeat(96),
  };
}

export function exampleSample(requestsPerWorker: number): LiveSample {
  return {
    requestsPerWorker,
    requests: { mean: requestsPerWorker + 2, min: requestsPerWorker, max: requestsPerWorker + 4 },
    rate: 498.2,
    failed: 0,
    p0Bytes: 33_000_000,
    sharedFraction: { mean: 0.97, min: 0.96, max: 0.98 },
    fleetBytes: 70_100_000,
    lostBytes: 5_300_000,
    idealBytes: 64_800_000,
    method: "pfn",
    workers: [exampleWorker(12), exampleWorker(13)],
    cost: { probe: 0.014, tool: 0.001 },
  };
}

/** Events as they are recorded. */
export function numbered(...events: readonly RunEvent[]): RecordedEvent[] {
  return events.map((event, index) => ({
    schemaVersion: 1,
    id: index + 1,
    time: "2026-11-23T18:20:00.000Z",
    ...event,
  }));
}
