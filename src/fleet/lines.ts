import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/**
 * Calls back for every line of a stream; the last one may lack its newline.
 * @returns resolves when the stream has ended, well or badly
 */
export async function eachLine(stream: Readable, onLine: (line: string) => void): Promise<void> {
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  // A broken stream is one that ended. Node versions differ in whether readline passes its error on.
  for (const source of [stream, lines]) source.on("error", () => lines.close());
  lines.on("line", onLine);
  await new Promise<void>((resolve) => lines.once("close", resolve));
}

/** The last lines of something that may be endless. */
export class Tail {
  readonly #lines: string[] = [];

  constructor(private readonly size: number) {}

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > this.size) this.#lines.shift();
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}
