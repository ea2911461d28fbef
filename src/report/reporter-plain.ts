import { liveLine, loadLine } from "./live.js";
import { type LiveChange, type LiveRow, mergeRow, waitingRows } from "./live-row.js";
import { duration } from "./numbers.js";
import type { Reporter } from "./reporter.js";

/** A long step says at most this often, in milliseconds, that it is alive. */
const HEARTBEAT_MS = 10_000;

/** Whether a change is news for a log: another state, or another measured point. */
function isNews(before: LiveRow | undefined, change: LiveChange): boolean {
  const newState = change.state !== undefined && change.state !== before?.state && change.state !== "measuring";
  const newPoint = change.checkpoint !== undefined && change.checkpoint !== before?.checkpoint;
  return newPoint || (newState && change.state !== "loading");
}

/**
 * One line per state change, for logs and pipes.
 * @param now - milliseconds; tests give their own clock
 */
export function plainReporter(write: (line: string) => void, now: () => number = Date.now): Reporter {
  return {
    step(title) {
      const started = now();
      let said = started;
      const end = (word: string, detail: string | undefined): void =>
        write(`${title}: ${word}${detail ? `, ${detail}` : ""} (${duration((now() - started) / 1000)})`);
      write(`${title} ...`);
      return {
        update(detail) {
          if (now() - said < HEARTBEAT_MS) return;
          said = now();
          write(`${title}: ${detail}`);
        },
        done: (detail) => end("done", detail),
        fail: (detail) => end("failed", detail),
      };
    },
    note: write,
    warn: (text) => write(`warning: ${text}`),
    liveTable(title) {
      const rows = waitingRows(title);
      let said = now();
      const say = (line: string): void => {
        said = now();
        write(line);
      };
      return {
        set(variant, change) {
          const before = rows.get(variant);
          const after = mergeRow(rows, variant, change);
          if (after === undefined) return;
          if (isNews(before, change)) say(liveLine(after));
          else if (after.state === "loading" && now() - said >= HEARTBEAT_MS) say(loadLine(after));
        },
        headline: write,
        close: () => undefined,
      };
    },
    close: () => undefined,
  };
}
