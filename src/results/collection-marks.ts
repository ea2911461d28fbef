import type { RunResult, VariantResult } from "../model/run.js";
import type { RecordedEvent } from "../model/run-event.js";

/** A moment at which half of a fleet's workers have made one more full collection. */
export interface CollectionMark {
  readonly variant: string;
  readonly requestsPerWorker: number;
  /** What the fleet cost then, in bytes. */
  readonly fleetBytes: number;
}

interface Point extends CollectionMark {
  readonly collections: number;
}

/** The count that half of the workers have reached. */
function middle(counts: readonly number[]): number {
  return [...counts].sort((a, b) => b - a)[Math.floor((counts.length - 1) / 2)] ?? 0;
}

function checkpointsOf({ variant, checkpoints }: VariantResult): readonly Point[] {
  return checkpoints.flatMap(({ requestsPerWorker, fleetBytes, fullCollections }) =>
    fleetBytes === null || fullCollections === undefined || fullCollections.length === 0
      ? []
      : [{ variant: variant.name, requestsPerWorker, fleetBytes, collections: middle(fullCollections) }],
  );
}

function samplesOf(events: readonly RecordedEvent[]): readonly Point[] {
  return events.flatMap((event) => {
    if (event.event !== "sample" || event.fleetBytes === null) return [];
    const counts = event.workers.flatMap(({ fullCollections }) => fullCollections ?? []);
    if (counts.length === 0) return [];
    const { variant, requestsPerWorker, fleetBytes } = event;
    return [{ variant, requestsPerWorker, fleetBytes, collections: middle(counts) }];
  });
}

/**
 * When the fleets of a run made full collections: between checkpoints where its events tell, else at them.
 * @param events - of the run; empty for older ones
 */
export function collectionMarks(run: RunResult, events: readonly RecordedEvent[]): readonly CollectionMark[] {
  const samples = samplesOf(events);
  return Object.values(run.variants).flatMap((result) => {
    const points = [...samples.filter(({ variant }) => variant === result.variant.name), ...checkpointsOf(result)].sort(
      (a, b) => a.requestsPerWorker - b.requestsPerWorker,
    );
    let reached = 0;
    return points.flatMap(({ collections, ...mark }) => {
      if (collections <= reached) return [];
      reached = collections;
      return [mark];
    });
  });
}
