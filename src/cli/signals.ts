import { LabError } from "../model/errors.js";
import type { Interrupts } from "../pipeline/workspace.js";

/** The process's own signals. */
export interface ProcessInterrupts extends Interrupts {
  /** Resolves when the second-signal action, if one was started, is over. */
  settled(): Promise<void>;
  close(): void;
}

/**
 * Starts listening for SIGINT and SIGTERM.
 * The first aborts `signal` with a LabError whose exit code is 130 or 143.
 */
export function listenForSignals(): ProcessInterrupts {
  const controller = new AbortController();
  let action: (() => Promise<void>) | undefined;
  // A second signal may come before anybody has said what it should do.
  let early = false;
  let running: Promise<void> = Promise.resolve();

  const handler = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      const second = action;
      action = undefined;
      if (second) running = second();
      else early = true;
      return;
    }
    const code = name === "SIGTERM" ? "terminated" : "interrupted";
    controller.abort(new LabError(code, name === "SIGTERM" ? "terminated" : "interrupted"));
  };
  process.on("SIGINT", handler);
  process.on("SIGTERM", handler);
  process.on("SIGHUP", handler);

  return {
    signal: controller.signal,
    onSecond: (next) => {
      if (early) running = next();
      else action = next;
    },
    settled: () => running,
    close: () => {
      process.off("SIGINT", handler);
      process.off("SIGTERM", handler);
      process.off("SIGHUP", handler);
    },
  };
}
