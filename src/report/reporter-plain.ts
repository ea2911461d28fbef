import { liveLine, loadLine } from "./live.js";
import { afterEvent, type LiveFleet, NO_RUN } from "./live-view.js";
import { duration } from "./numbers.js";
import type { Reporter } from "./reporter.js";

/** A long step says at most this often, in milliseconds, that it is alive. */
const HEARTBEAT_MS = 10_000;

/** Whether something is news for a log: another state, or another measured point. */
function isNews(before: LiveFleet, after: LiveFleet): boolean {
  const newState = after.state !== before.state && after.state !== "measuring" && after.state !== "loading";
  return newState || (after.checkpoint !== null && after.checkpoint !== before.checkpoint);
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
    live: false,
    liveTable() {
      let view = NO_RUN;
      let said = now();
      const say = (line: string): void => {
        said = now();
        write(line);
      };
      return {
        take(event) {
          const before = view;
          view = afterEvent(view, event);
          if (event.event === "verdict") write(event.text);
          if (!("variant" in event)) return;
          const of = ({ variant }: LiveFleet): boolean => variant === event.variant;
          const [was, is] = [before.fleets.find(of), view.fleets.find(of)];
          if (was === undefined || is === undefined) return;
          if (isNews(was, is)) say(liveLine(is));
          else if (is.state === "loading" && now() - said >= HEARTBEAT_MS) say(loadLine(is, view.target));
        },
        foot: () => undefined,
        close: () => undefined,
      };
    },
    close: () => undefined,
  };
}
