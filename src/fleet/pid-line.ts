import { Transform, type TransformCallback } from "node:stream";

/** A process number and the end of its line, with what a terminal makes of it. */
const PID_LINE = /^(\d{1,10})\r?\n/;

/** No such line is longer, in bytes. */
const LONGEST = 12;

/** Takes the process number off the beginning of an output; everything else passes unchanged. */
export class PidLine extends Transform {
  /** The number; `undefined` when the output begins with something else, or ends before it. */
  readonly pid: Promise<number | undefined>;
  #tell: (pid: number | undefined) => void = () => undefined;
  /** `undefined` once the beginning is over. */
  #beginning: Buffer | undefined = Buffer.alloc(0);

  constructor() {
    super();
    this.pid = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#beginning === undefined) this.push(chunk);
    else this.#begin(Buffer.concat([this.#beginning, chunk]));
    done();
  }

  override _flush(done: TransformCallback): void {
    this.#decide(null);
    done();
  }

  #begin(beginning: Buffer): void {
    this.#beginning = beginning;
    const line = PID_LINE.exec(beginning.toString("latin1"));
    if (line !== null || beginning.length >= LONGEST || beginning.includes(0x0a)) this.#decide(line);
  }

  #decide(line: RegExpExecArray | null): void {
    const beginning = this.#beginning;
    if (beginning === undefined) return;
    this.#beginning = undefined;
    this.#tell(line === null ? undefined : Number(line[1]));
    const rest = beginning.subarray(line?.[0].length ?? 0);
    if (rest.length > 0) this.push(rest);
  }
}
