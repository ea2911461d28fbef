import type { ServerResponse } from "node:http";
import type { EventFeed, RecordedEvent } from "../../model/run-event.js";

/** Milliseconds after which a browser that lost the stream asks for it again. */
const RETRY_MS = 1000;

/** Milliseconds between signs of life, so that a browser notices a connection that is gone. */
const ALIVE_MS = 15_000;

/** Bytes that may wait for a viewer. Who does not read is sent away; its browser comes back and gets what it missed. */
const MOST_WAITING = 4_000_000;

/** An event of the stream (HTML standard, "Server-sent events"): JSON has no line breaks. */
function message(event: RecordedEvent): string {
  return `id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** What a browser has seen; 0 where it does not say, or says what is no number. */
function seenBy(lastEventId: string | string[] | undefined): number {
  const text = Array.isArray(lastEventId) ? lastEventId[0] : lastEventId;
  return /^\d{1,15}$/.test(text ?? "") ? Number(text) : 0;
}

/** Everybody who looks, each with everything that has happened. Writing never waits for a reader. */
export class Viewers {
  readonly #open = new Set<ServerResponse>();
  readonly #stop: () => void;
  readonly #alive: NodeJS.Timeout;

  constructor(private readonly feed: EventFeed) {
    this.#stop = feed.listen((event) => this.#send(message(event)));
    this.#alive = setInterval(() => this.#send(": alive\n\n"), ALIVE_MS).unref();
  }

  /**
   * Sends what a browser has missed, and from now on what happens.
   * @param lastEventId - the number of the last event that it got, as it says
   */
  add(response: ServerResponse, lastEventId?: string | string[]): void {
    const seen = seenBy(lastEventId);
    const missed = this.feed.history.filter(({ id }) => id > seen);
    response.write(`retry: ${RETRY_MS}\n\n${missed.map(message).join("")}`);
    response.on("close", () => this.#open.delete(response));
    this.#open.add(response);
  }

  #send(text: string): void {
    for (const response of this.#open) {
      if (response.writableLength > MOST_WAITING) response.destroy();
      else response.write(text);
    }
  }

  /** Ends every stream. */
  drop(): void {
    for (const response of this.#open) response.destroy();
  }

  close(): void {
    this.#stop();
    clearInterval(this.#alive);
    for (const response of this.#open) response.end();
  }
}
