import { setTimeout as sleep } from "node:timers/promises";
import type { EventFeed, RecordedEvent } from "../model/run-event.js";
import { readEvents } from "../results/events-file.js";
import { listRuns } from "../results/locate.js";

const LOOK_MS = 1000;

/**
 * What happens in the newest run below a folder, read from its file: another command measures meanwhile. A newer run
 * takes the place of an older one; numbers of events go on, so that viewers know what they have seen.
 */
export class NewestFeed implements EventFeed {
  readonly #listeners = new Set<(event: RecordedEvent) => void>();
  #history: RecordedEvent[] = [];
  #run: string | undefined;
  #read = 0;
  #last = 0;

  /** @param resultsDir - absolute */
  constructor(private readonly resultsDir: string) {}

  get history(): readonly RecordedEvent[] {
    return this.#history;
  }

  listen(take: (event: RecordedEvent) => void): () => void {
    this.#listeners.add(take);
    return () => this.#listeners.delete(take);
  }

  /** Looks again and again, until told to end. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look();
      await sleep(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Tells what is new. A folder without runs, or a run that is just being made, has nothing yet. */
  async look(): Promise<void> {
    // By its id: `latest` points to a run only once a whole variant of it was measured.
    const found = (await listRuns(this.resultsDir).catch(() => [])).at(-1);
    if (found === undefined) return;
    if (found.id !== this.#run) {
      this.#run = found.id;
      this.#read = 0;
      this.#history = [];
    }
    const events = await readEvents(found.directory).catch(() => []);
    for (const event of events.slice(this.#read)) this.#tell(event);
    this.#read = Math.max(this.#read, events.length);
  }

  #tell(event: RecordedEvent): void {
    this.#last += 1;
    const numbered = { ...event, id: this.#last };
    this.#history.push(numbered);
    for (const take of this.#listeners) take(numbered);
  }
}
