import { PassThrough, type Readable } from "node:stream";

const HEADER_BYTES = 8;

/** Stream numbers of the engine's frames (Engine API, "Attach to a container", stream format). */
export type StreamNumber = 0 | 1 | 2;

/**
 * Takes frames apart: one byte stream number, three zero bytes, four bytes payload length (big endian), payload.
 * Payloads are handed on as they come, so that neither a long frame nor a slow one is held back.
 */
export class FrameReader {
  readonly #emit: (stream: StreamNumber, part: Buffer) => void;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerFilled = 0;
  #stream: StreamNumber = 1;
  #remaining = 0;

  constructor(emit: (stream: StreamNumber, part: Buffer) => void) {
    this.#emit = emit;
  }

  /** @throws Error when the bytes are no frames; a terminal's output, for one, comes without */
  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      const used = this.#remaining > 0 ? this.#payload(rest) : this.#collectHeader(rest);
      rest = rest.subarray(used);
    }
  }

  #payload(bytes: Buffer): number {
    const part = bytes.subarray(0, this.#remaining);
    this.#remaining -= part.length;
    this.#emit(this.#stream, part);
    return part.length;
  }

  #collectHeader(bytes: Buffer): number {
    const used = bytes.copy(this.#header, this.#headerFilled);
    this.#headerFilled += used;
    if (this.#headerFilled < HEADER_BYTES) return used;
    this.#headerFilled = 0;
    const number = this.#header.readUInt8(0);
    if (number > 2 || this.#header.readUIntBE(1, 3) !== 0) throw new Error("the engine's stream has no frame headers");
    this.#stream = number as StreamNumber;
    this.#remaining = this.#header.readUInt32BE(4);
    return used;
  }
}

/**
 * Stops a source while any of its readers has more to read than it wants. Who has no reader does not count: the one of
 * the other stream may have to end first.
 */
function brake(source: Readable): (target: PassThrough) => void {
  const full = new Set<PassThrough>();
  return (target) => {
    if (target.readableFlowing === null || full.has(target)) return;
    full.add(target);
    source.pause();
    target.once("drain", () => {
      full.delete(target);
      if (full.size === 0) source.resume();
    });
  };
}

/**
 * Both output streams of a multiplexed one; they end when it ends or is lost. A slow reader slows the source down.
 * A reader of one need not read the other: what is not read is kept.
 */
export function demultiplex(source: Readable): { readonly stdout: Readable; readonly stderr: Readable } {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const wait = brake(source);
  const frames = new FrameReader((stream, part) => {
    const target = stream === 2 ? stderr : stdout;
    if (!target.write(part)) wait(target);
  });
  const finish = (): void => {
    stdout.end();
    stderr.end();
  };
  source.on("data", (chunk: Buffer) => {
    try {
      frames.push(chunk);
    } catch {
      source.destroy();
    }
  });
  source.on("end", finish).on("close", finish).on("error", finish);
  return { stdout, stderr };
}
