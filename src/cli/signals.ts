import { type ErrorCode, EXIT_CODES, LabError } from "../model/errors.js";
import type { Interrupts } from "../pipeline/workspace.js";

/** Signals that end a command, and the word for it. */
const ENDINGS = {
  SIGHUP: ["hungup", "the terminal is gone"],
  SIGINT: ["interrupted", "interrupted"],
  SIGTERM: ["terminated", "terminated"],
} as const satisfies Partial<Record<NodeJS.Signals, readonly [ErrorCode, string]>>;

type Ending = keyof typeof ENDINGS;

/** The process's own signals. */
export interface ProcessInterrupts extends Interrupts {
  /** Nobody reads stdout any more: an orderly end, as at a signal. What Unix tools do at SIGPIPE, which Node ignores. */
  unread(): void;
  /** Resolves when the second-signal action, if one was started, is over. */
  settled(): Promise<void>;
  close(): void;
}

/** What signals act upon. */
export interface SignalHost {
  /** Whether any standard stream is a terminal. */
  readonly hasTerminal: boolean;
  /** Ends the process without waiting for anything. */
  quit(code: number): void;
}

/**
 * Starts listening for SIGINT, SIGTERM and SIGHUP.
 * The first aborts `signal`, for an orderly end. The second runs the action set for it; without one, and at the third,
 * the process ends at once.
 *
 * Whoever starts a command with `nohup` wants it to outlive the terminal. Node forgets at its start that a signal was to
 * be ignored (ResetSignalHandlers in its node.cc), and /proc/self/status shows that; but nohup takes all three standard
 * streams off the terminal, and to what has none the end of one is nothing.
 */
export function listenForSignals({ hasTerminal, quit }: SignalHost): ProcessInterrupts {
  const controller = new AbortController();
  let action: (() => Promise<void>) | undefined;
  let running: Promise<void> = Promise.resolve();

  const handler = (name: NodeJS.Signals): void => {
    if (name === "SIGHUP" && !hasTerminal) return;
    const [code, message] = ENDINGS[name as Ending];
    if (!controller.signal.aborted) {
      controller.abort(new LabError(code, message));
      return;
    }
    const second = action;
    action = undefined;
    if (second) running = second();
    else quit(EXIT_CODES[code]);
  };
  for (const name of Object.keys(ENDINGS)) process.on(name, handler);

  return {
    signal: controller.signal,
    onSecond: (next) => {
      action = next;
    },
    interrupt: () => handler("SIGINT"),
    unread: () => controller.abort(new LabError("unread", "nobody reads what this writes")),
    settled: () => running,
    close: () => {
      for (const name of Object.keys(ENDINGS)) process.off(name, handler);
    },
  };
}
