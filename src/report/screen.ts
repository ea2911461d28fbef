import { createLogUpdate } from "log-update";

/** Milliseconds between redraws. */
const REDRAW_MS = 120;

/** Width of a terminal that does not tell. */
const DEFAULT_WIDTH = 80;

/** A part of the screen that is drawn again and again. */
export interface Region {
  close(): void;
}

/** The lower end of a terminal: regions that change, and lines printed above them that stay. */
export interface Screen {
  /** Regions stand below each other, in the order they were opened. */
  region(lines: () => readonly string[]): Region;
  /** Prints text that stays, above the regions. */
  print(text: string): void;
  /** Columns. */
  width(): number;
  close(): void;
}

/** The only writer to its stream, so that spinners, tables and notes do not overwrite each other. */
export function createScreen(stream: NodeJS.WriteStream): Screen {
  const update = createLogUpdate(stream);
  const regions = new Set<() => readonly string[]>();
  let timer: NodeJS.Timeout | undefined;

  const draw = (): void => update([...regions].flatMap((lines) => lines()).join("\n"));
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
    update.clear();
    update.done();
  };
  return {
    region(lines) {
      regions.add(lines);
      draw();
      // A screen must not keep a process alive whose work is over.
      timer ??= setInterval(draw, REDRAW_MS).unref();
      return {
        close() {
          if (regions.delete(lines) && regions.size === 0) stop();
        },
      };
    },
    print(text) {
      if (regions.size > 0) update.clear();
      stream.write(`${text}\n`);
      if (regions.size > 0) draw();
    },
    width: () => stream.columns ?? DEFAULT_WIDTH,
    close() {
      if (regions.size === 0) return;
      regions.clear();
      stop();
    },
  };
}
