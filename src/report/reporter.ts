import type { Progress } from "../model/progress.js";
import type { RecordedEvent } from "../model/run-event.js";
import type { Environment } from "../system/env.js";
import { colours } from "./colours.js";
import type { ProgressStyle } from "./formats.js";
import { jsonReporter } from "./reporter-json.js";
import { plainReporter } from "./reporter-plain.js";
import { quietReporter } from "./reporter-quiet.js";
import { terminalReporter } from "./reporter-terminal.js";
import { createScreen } from "./screen.js";

/** The fleets of a run, side by side, while they are measured. */
export interface LiveTable {
  /** What has happened. */
  take(event: RecordedEvent): void;
  /** A line to stand below it from now on: which keys work. */
  foot(text: string): void;
  /** Leaves the last state standing and stops redrawing. */
  close(): void;
}

/** Progress, and the live view of a run; everything on one stream, stderr. */
export interface Reporter extends Progress {
  /** Whether it redraws itself on a terminal, so that keys make sense. */
  readonly live: boolean;
  /** Shows what happens in a run until the table is closed. One at a time. */
  liveTable(): LiveTable;
  /** Restores the terminal; nothing may be reported afterwards. */
  close(): void;
}

/** Where lines go: stderr, or what a test gives. */
export type Sink = NodeJS.WriteStream;

/**
 * The reporter for a `--progress` style.
 * `auto` is `tty` on a terminal, unless NO_COLOR or TERM=dumb ask for plain text; else `plain`.
 * @param live - `false`: `plain` in place of `tty`, whoever asked for it
 */
export function createReporter(
  style: ProgressStyle,
  environment: Environment,
  stream: Sink = process.stderr,
  live = true,
): Reporter {
  const write = (line: string): void => void stream.write(`${line}\n`);
  if (style === "quiet") return quietReporter(write);
  if (style === "json") return jsonReporter(write);
  const fancy = style === "tty" || (style === "auto" && Boolean(stream.isTTY) && !environment.plain);
  if (!fancy || !live) return plainReporter(write);
  return terminalReporter(createScreen(stream), colours(!environment.plain));
}
