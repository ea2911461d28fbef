import type { Reporter } from "./reporter.js";

/** Warnings only: `--progress quiet` hides work, not problems. */
export function quietReporter(write: (line: string) => void): Reporter {
  const nothing = (): void => undefined;
  return {
    step: () => ({ update: nothing, done: nothing, fail: nothing }),
    note: nothing,
    warn: (text) => write(`warning: ${text}`),
    liveTable: () => ({ set: nothing, headline: nothing, close: nothing }),
    close: nothing,
  };
}
