import type { Reporter } from "./reporter.js";

/**
 * One JSON object per line: `{"schemaVersion":1,"event":...}`. Events: `step-started`, `step-progress`, `step-done`,
 * `step-failed` (each with `step`, `title`), `note`, `warning`, and those of the run, as in its events.ndjson
 * (model/run-event.ts).
 */
export function jsonReporter(write: (line: string) => void): Reporter {
  const emit = (event: string, fields: object): void => write(JSON.stringify({ schemaVersion: 1, event, ...fields }));
  let steps = 0;
  return {
    step(title) {
      steps += 1;
      const step = steps;
      emit("step-started", { step, title });
      return {
        update: (detail) => emit("step-progress", { step, title, detail }),
        done: (detail) => emit("step-done", { step, title, detail }),
        fail: (detail) => emit("step-failed", { step, title, detail }),
      };
    },
    note: (text) => emit("note", { text }),
    warn: (text) => emit("warning", { text }),
    live: false,
    liveTable: () => ({
      take: (event) => write(JSON.stringify(event)),
      foot: () => undefined,
      close: () => undefined,
    }),
    close: () => undefined,
  };
}
