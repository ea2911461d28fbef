import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { isPassing, type RecordedEvent } from "../model/run-event.js";
import { readTextIfPresent } from "../system/files.js";

/** Writes down what happens in a run. A disk that is full takes no events: what was measured is not worth less. */
export interface EventsFile {
  add(event: RecordedEvent): void;
  /** Resolves when everything is written that could be. */
  close(): Promise<void>;
}

/** @param directory - folder of the run */
export function openEvents(directory: string): EventsFile {
  const stream = createWriteStream(join(directory, "events.ndjson"), { flags: "a", mode: 0o644 });
  // Whatever fails here fails for the samples, too, and they say so.
  stream.on("error", () => undefined);
  return {
    add: (event) => {
      if (!isPassing(event) && stream.writable) stream.write(`${JSON.stringify(event)}\n`);
    },
    close: () =>
      new Promise((resolve) => {
        if (stream.destroyed) resolve();
        else stream.on("close", resolve).end();
      }),
  };
}

/**
 * Reads the events of a run; none of a run of an older release. A line that was cut off by a kill is left out.
 * @param directory - folder of the run
 */
export async function readEvents(directory: string): Promise<readonly RecordedEvent[]> {
  const text = (await readTextIfPresent(join(directory, "events.ndjson"))) ?? "";
  return text.split("\n").flatMap((line) => {
    try {
      const event: unknown = JSON.parse(line);
      return isRecorded(event) ? [event] : [];
    } catch {
      return [];
    }
  });
}

function isRecorded(event: unknown): event is RecordedEvent {
  return event !== null && typeof event === "object" && "schemaVersion" in event && event.schemaVersion === 1;
}
