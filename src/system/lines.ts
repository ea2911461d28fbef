import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** Cuts what arrives in pieces into lines; characters that pieces cut apart come out whole. */
export class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  /** @param ends - what ends a line; programs that show progress redraw theirs with a carriage return */
  constructor(private readonly ends: RegExp = /\r?\n/) {}

  /** @returns the lines that are complete now */
  push(piece: Uint8Array | string): readonly string[] {
    const text =
      typeof piece === "string" ? piece : this.#decoder.write(Buffer.isBuffer(piece) ? piece : Buffer.from(piece));
    // Joined only: searching all of a long line again with each piece of it would take the square of its length.
    if (!/[\r\n]/.test(text)) {
      this.#rest += text;
      return [];
    }
    const lines = (this.#rest + text).split(this.ends);
    this.#rest = lines.pop() ?? "";
    return lines;
  }

  /** @returns the last line, where it lacks its newline */
  end(): readonly string[] {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = "";
    return rest === "" ? [] : [rest];
  }
}

/** The lines of a byte stream; the last one may lack its newline. Throws what the stream throws. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  const lines = new LineSplitter();
  for await (const chunk of chunks) yield* lines.push(chunk);
  yield* lines.end();
}

/**
 * Calls back for every line of a stream; the last one may lack its newline.
 * @returns resolves when the stream has ended, well or badly
 */
export function eachLine(stream: Readable, onLine: (line: string) => void): Promise<void> {
  const lines = new LineSplitter();
  stream.on("data", (chunk: Buffer | string) => lines.push(chunk).forEach(onLine));
  return new Promise((resolve) => {
    const end = (): void => {
      lines.end().forEach(onLine);
      resolve();
    };
    // A broken stream is one that ended.
    stream.on("end", end).on("error", end).on("close", end);
  });
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
