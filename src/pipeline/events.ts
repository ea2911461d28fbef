import type { BlameResult } from "../model/blame.js";
import type { RunResult } from "../model/run.js";
import { type BlameNotice, type EventFeed, isPassing, type RecordedEvent, type RunEvent } from "../model/run-event.js";
import { type LabSpec, workersOf } from "../model/spec.js";

/** The one stream of what happens in a run: the file, the terminal, JSON lines and the dashboard all read it. */
export class EventStream implements EventFeed {
  readonly #history: RecordedEvent[] = [];
  readonly #listeners = new Set<(event: RecordedEvent) => void>();
  #last = 0;

  get history(): readonly RecordedEvent[] {
    return this.#history;
  }

  /** Tells everybody, at once and in order. */
  emit(event: RunEvent): void {
    this.#last += 1;
    const recorded: RecordedEvent = {
      schemaVersion: 1,
      id: this.#last,
      time: new Date().toISOString(),
      ...event,
    };
    if (!isPassing(event)) this.#history.push(recorded);
    for (const take of this.#listeners) take(recorded);
  }

  listen(take: (event: RecordedEvent) => void): () => void {
    this.#listeners.add(take);
    return () => this.#listeners.delete(take);
  }
}

/** The beginning of a run. @param variants - in the order they are measured, those measured before first */
export function runStarted({ id, lab }: RunResult, spec: LabSpec, variants: readonly string[]): RunEvent {
  return {
    event: "run-started",
    run: id,
    lab,
    title: spec.title,
    baseline: spec.baseline,
    target: spec.load.requestsPerWorker,
    variants: variants.flatMap((name) => {
      const variant = spec.variants.find((one) => one.name === name);
      return variant === undefined ? [] : [{ name, workers: workersOf(spec, variant), preload: variant.preload }];
    }),
  };
}

/** What is known of variants that were measured before. */
export function earlierEvents({ variants }: Pick<RunResult, "variants">): readonly RunEvent[] {
  return Object.values(variants).flatMap(({ variant, checkpoints }) => [
    ...checkpoints.map((checkpoint): RunEvent => ({ event: "checkpoint", variant: variant.name, checkpoint })),
    { event: "variant-finished", variant: variant.name, outcome: "done" } as const,
  ]);
}

/** As many causes as a viewer takes in; the file of the run has all. */
const MOST_CAUSES = 8;

export function blameNotice({ lostPages, namedFraction, causes, seconds }: BlameResult): BlameNotice {
  return {
    lostPages,
    namedFraction,
    causes: causes.slice(0, MOST_CAUSES).map(({ name, pages }) => ({ name, pages })),
    seconds,
  };
}
