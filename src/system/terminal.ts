import { spawnSync } from "node:child_process";
import type { ReadStream, WriteStream } from "node:tty";

/** The standard streams of this process. */
export interface StandardStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Columns and rows; a terminal that does not tell counts as the smallest common one. */
export interface WindowSize {
  readonly columns: number;
  readonly rows: number;
}

/** A terminal that was handed over: keys arrive as they are typed, Ctrl-C too. */
export interface RawTerminal {
  size(): WindowSize;
  onResize(listener: () => void): void;
  /** Makes it the user's again. */
  restore(): void;
}

/** @returns whether a person sits at both ends, so that a program may take over the terminal */
export function isInteractive({ stdin, stdout }: StandardStreams): boolean {
  return Boolean(stdin.isTTY) && Boolean(stdout.isTTY);
}

/** The size of the terminal that stdout is. */
export function windowSize({ stdout }: Pick<StandardStreams, "stdout">): WindowSize {
  return { columns: stdout.columns || 80, rows: stdout.rows || 24 };
}

/** Takes over the terminal. Call it for {@link isInteractive} streams only. */
export function takeTerminal({ stdin, stdout }: StandardStreams): RawTerminal {
  const [keyboard, screen] = [stdin as ReadStream, stdout as WriteStream];
  const listeners: (() => void)[] = [];
  keyboard.setRawMode(true);
  // Node's raw mode still puts a carriage return before each line feed (UV_TTY_MODE_RAW), but to a program that draws on
  // the screen a line feed is one step down. Restoring undoes this too. Without stty only the drawing suffers.
  spawnSync("stty", ["-opost"], { stdio: ["inherit", "ignore", "ignore"] });
  return {
    size: () => windowSize({ stdout }),
    onResize: (listener) => {
      listeners.push(listener);
      screen.on("resize", listener);
    },
    restore: () => {
      for (const listener of listeners) screen.off("resize", listener);
      keyboard.setRawMode(false);
    },
  };
}
