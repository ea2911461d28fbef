import type { Step } from "../model/progress.js";
import type { Colours } from "./colours.js";
import { lastLines, liveLines } from "./live.js";
import { afterEvent, NO_RUN } from "./live-view.js";
import { duration } from "./numbers.js";
import type { LiveTable, Reporter } from "./reporter.js";
import type { Screen } from "./screen.js";

const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;

/** Milliseconds a spinner stands still. */
const TICK_MS = 100;

/** Steps shorter than this, in seconds, show no time. */
const WORTH_A_TIME = 0.1;

function cut(text: string, width: number): string {
  const points = [...text];
  return points.length <= width ? text : `${points.slice(0, Math.max(width - 1, 0)).join("")}…`;
}

function terminalStep(title: string, screen: Screen, paint: Colours): Step {
  const started = Date.now();
  const seconds = (): number => (Date.now() - started) / 1000;
  let detail = "";
  const region = screen.region(() => {
    const frame = SPINNER[Math.floor(Date.now() / TICK_MS) % SPINNER.length] ?? "";
    const room = screen.room().columns - title.length - 14;
    return [`${paint.accent(frame)} ${title}  ${paint.faint(`${duration(seconds())}  ${cut(detail, room)}`)}`];
  });
  const end = (mark: string, last: string | undefined): void => {
    const time = seconds() < WORTH_A_TIME ? "" : duration(seconds());
    const tail = [time, last ?? ""].filter(Boolean).join("  ");
    region.close();
    screen.print(`${mark} ${title}${tail ? `  ${paint.faint(tail)}` : ""}`);
  };
  return {
    update(text) {
      detail = text;
    },
    done: (last) => end(paint.good("✓"), last),
    fail: (last) => end(paint.bad("✗"), last),
  };
}

function terminalTable(screen: Screen, paint: Colours): LiveTable {
  let view = NO_RUN;
  let keys: string | undefined;
  let closed = false;
  const region = screen.region(() => liveLines(view, keys, paint, screen.room()));
  return {
    take(event) {
      view = afterEvent(view, event);
    },
    foot(text) {
      keys = text;
    },
    close() {
      // What stays is printed once, however often it is closed.
      if (closed) return;
      closed = true;
      region.close();
      screen.print(lastLines(view, paint, screen.room().columns).join("\n"));
    },
  };
}

/** Spinners, times and a table that redraws itself; finished steps stay in the scrollback. */
export function terminalReporter(screen: Screen, paint: Colours): Reporter {
  return {
    step: (title) => terminalStep(title, screen, paint),
    note: (text) => screen.print(`  ${text}`),
    warn: (text) => screen.print(`${paint.warning("!")} ${text}`),
    live: true,
    liveTable: () => terminalTable(screen, paint),
    close: () => screen.close(),
  };
}
