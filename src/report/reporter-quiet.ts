import type { Reporter } from "./reporter.js";

/** Warnings only: `--progress quiet` hides work, not problems. */
export function quietReporter(write: (line: string) => void): Reporter {
  const nothing = (): void => undefined;
  return {
    step: () => ({ update: nothing, done: nothing, fail: nothing }),
    note: nothing,
    warn: (text) => write(`warning: ${text}`),
    live: false,
    liveTable: () => ({ take: nothing, foot: nothing, close: nothing }),
    close: nothing,
  };
}
