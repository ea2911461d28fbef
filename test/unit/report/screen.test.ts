import type { WriteStream } from "node:tty";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createScreen } from "../../../src/report/screen.js";

/** What a terminal shows: as much of one as log-update uses. */
class Terminal {
  readonly isTTY = true;
  columns = 40;
  rows = 12;
  readonly lines: string[] = [""];
  #row = 0;
  #column = 0;
  readonly #resize: (() => void)[] = [];

  write = (text: string): boolean => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is written
    for (const [part] of text.matchAll(/\u001b\[\??([0-9;]*)([A-Za-z])|[^\u001b]/g)) this.#take(part);
    return true;
  };
  on = (event: string, listener: () => void): void => void (event === "resize" && this.#resize.push(listener));
  off = (): void => undefined;
  cork = (): void => undefined;
  uncork = (): void => undefined;

  resize(columns: number): void {
    this.columns = columns;
    for (const listener of this.#resize) listener();
  }

  #take(part: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
    const [, digits = "", code] = /^\u001b\[\??([0-9;]*)([A-Za-z])$/.exec(part) ?? [];
    const many = Number(digits || 1);
    if (part === "\n") [this.#row, this.#column] = [this.#row + 1, 0];
    else if (code === "A") this.#row = Math.max(this.#row - many, 0);
    else if (code === "B") this.#row += many;
    else if (code === "G") this.#column = 0;
    else if (code === "H") [this.#row, this.#column] = [0, 0];
    else if (code === "J") this.lines.length = 0;
    else if (code === "K") this.lines[this.#row] = digits === "2" ? "" : this.#line.slice(0, this.#column);
    else if (code === undefined) {
      this.lines[this.#row] = this.#line.slice(0, this.#column) + part + this.#line.slice(this.#column + 1);
      this.#column += 1;
    }
  }

  get #line(): string {
    return this.lines[this.#row] ?? "";
  }

  get text(): string {
    return Array.from(this.lines, (line) => line ?? "")
      .join("\n")
      .trimEnd();
  }
}

describe("the screen", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("shows what it is given, also when lines come or go in the middle", () => {
    const terminal = new Terminal();
    const screen = createScreen(terminal as unknown as WriteStream);
    let lines = ["head", "a", "foot"];
    screen.region(() => lines);
    for (const next of [
      ["head", "a", "b", "c", "foot"],
      ["head", "c", "foot"],
      ["head", "d", "foot"],
      ["head", "1", "2", "3", "foot"],
    ]) {
      lines = next;
      vi.advanceTimersByTime(200);
      expect(terminal.text.split("\n").slice(-next.length)).toEqual(next);
    }
    screen.close();
  });

  it("draws anew in a window of another size", () => {
    const terminal = new Terminal();
    const screen = createScreen(terminal as unknown as WriteStream);
    screen.region(() => [`columns ${screen.room().columns}`, "foot"]);
    terminal.resize(60);
    expect(terminal.text).toBe("columns 60\nfoot");
    screen.close();
  });
});
