import type { Terminal } from "../report/exporters.js";
import type { Reporter } from "../report/reporter.js";
import type { Environment } from "../system/env.js";

/** Ctrl-C, SIGTERM, SIGHUP and a reader of stdout that went away, as the pipeline sees them. */
export interface Interrupts {
  /** Aborted at the first of them, with a LabError as reason whose exit code is 128 and the signal's number. */
  readonly signal: AbortSignal;
  /**
   * Runs once at the second: the user wants everything gone now. Replaces an earlier action. Where none is set, the
   * second signal ends the process at once.
   */
  onSecond(action: () => Promise<void>): void;
  /** Does what Ctrl-C does. */
  interrupt(): void;
}

/** What every verb gets from the command line: effects at the edge, nothing global. */
export interface Workspace {
  readonly environment: Environment;
  /** Folder of the installed package: labs/, templates/, patches and guest sources. */
  readonly packageRoot: string;
  readonly workingDirectory: string;
  readonly interrupts: Interrupts;
  /** The command line as typed, for provenance. */
  readonly argv: readonly string[];
  /** What stdout is, for tables; empty for a file. */
  readonly terminal: Terminal;
  /** Results; stdout carries nothing else. */
  print(text: string): void;
  /** Resolves when stdout takes more, for who prints without end; at once where nobody reads it any more. */
  drained(): Promise<void>;
  /**
   * Progress and notes on stderr, in the style `--progress` asks for.
   * @param options - `live: false`: never a table that redraws itself, on a terminal neither
   */
  progress(options?: { readonly live?: boolean }): Reporter | Promise<Reporter>;
  /**
   * Calls back for every key that is typed, where a person can type.
   * @returns ends the listening; `undefined` without a keyboard
   */
  keys(onKey: (key: string) => void): (() => void) | undefined;
  /** Sets the exit code of a command that worked but has something to say (check, exec). */
  exitCode(code: number): void;
}
