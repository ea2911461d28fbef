import { createLogUpdate } from "log-update";

/** Milliseconds between redraws. */
const REDRAW_MS = 120;

/** Size of a terminal that does not tell. */
const DEFAULT = { columns: 80, rows: 24 };

/** Clears the window: lines of a terminal that became narrower have wrapped, and are not where they were drawn. */
const CLEAR = "\u001b[2J\u001b[H";

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
  /** Columns and rows. */
  room(): { readonly columns: number; readonly rows: number };
  close(): void;
}

/** The only writer to its stream, so that spinners, tables and notes do not overwrite each other. */
export function createScreen(stream: NodeJS.WriteStream): Screen {
  const update = createLogUpdate(stream);
  const regions = new Set<() => readonly string[]>();
  let timer: NodeJS.Timeout | undefined;

  let height = 0;
  const draw = (): void => {
    const lines = [...regions].flatMap((region) => region());
    // log-update writes the lines between an equal beginning and an equal end again; where there are more or fewer of
    // them than before, the end has to move, which it does not do.
    stream.cork();
    if (lines.length !== height) update.clear();
    height = lines.length;
    update(lines.join("\n"));
    stream.uncork();
  };
  const resized = (): void => {
    update.done();
    stream.write(CLEAR);
    draw();
  };
  const stop = (): void => {
    stream.off("resize", resized);
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
      if (timer === undefined) {
        timer = setInterval(draw, REDRAW_MS).unref();
        stream.on("resize", resized);
      }
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
    room: () => ({ columns: stream.columns || DEFAULT.columns, rows: stream.rows || DEFAULT.rows }),
    close() {
      if (regions.size === 0) return;
      regions.clear();
      stop();
    },
  };
}
