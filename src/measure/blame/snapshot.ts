/** Bytes of a page; the probe compares no other size. */
export const PAGE = 4096;

/** Words of 8 bytes on a page. */
export const WORDS = PAGE / 8;

/** A mapping that preloaded pages lie in. Addresses in bytes. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  /** Of `start` in its file, in bytes. */
  readonly offset: number;
  /** Path, [heap], [stack], or "". */
  readonly name: string;
}

const HIGH = 2 ** 32;

/**
 * The preloaded pages as they were before the first fork. Addresses are plain numbers: user space ends below 2^47.
 * What is not saved (clean pages of files, pages never touched) reads as `undefined`.
 */
export class Snapshot {
  readonly #halves: Uint32Array;
  readonly #index = new Map<number, number>();
  #lastPage = -1;
  #lastIndex = -1;

  /**
   * @param pages - page numbers, ascending
   * @param bytes - `PAGE` bytes for each of them
   * @param segments - ascending
   */
  constructor(
    readonly pages: readonly number[],
    readonly bytes: Buffer,
    readonly segments: readonly Segment[],
  ) {
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
    this.#halves = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
    pages.forEach((page, index) => {
      this.#index.set(page, index);
    });
  }

  /** Index of the page that holds the address, or -1. */
  indexOf(address: number): number {
    const page = Math.floor(address / PAGE);
    if (page !== this.#lastPage) {
      this.#lastPage = page;
      this.#lastIndex = this.#index.get(page) ?? -1;
    }
    return this.#lastIndex;
  }

  /** The word at an address that is a multiple of 8; -1 where nothing is saved. Exact below 2^53, which addresses are. */
  word(address: number): number {
    const index = this.indexOf(address);
    if (index < 0) return -1;
    const at = index * (PAGE / 4) + (address % PAGE) / 4;
    return (this.#halves[at] as number) + (this.#halves[at + 1] as number) * HIGH;
  }

  /** Four bytes at an address that is a multiple of 4; -1 where nothing is saved. */
  half(address: number): number {
    const index = this.indexOf(address);
    return index < 0 ? -1 : (this.#halves[index * (PAGE / 4) + (address % PAGE) / 4] as number);
  }

  /** One byte; -1 where nothing is saved. */
  byte(address: number): number {
    const index = this.indexOf(address);
    return index < 0 ? -1 : (this.bytes[index * PAGE + (address % PAGE)] as number);
  }

  /** Bytes that may cross pages; `undefined` where one of them is not saved. */
  slice(address: number, length: number): Buffer | undefined {
    const pieces: Buffer[] = [];
    for (let at = address; at < address + length; ) {
      const index = this.indexOf(at);
      if (index < 0) return undefined;
      const size = Math.min(PAGE - (at % PAGE), address + length - at);
      pieces.push(this.bytes.subarray(index * PAGE + (at % PAGE), index * PAGE + (at % PAGE) + size));
      at += size;
    }
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
  }

  /** The segment that holds the address. */
  segmentOf(address: number): Segment | undefined {
    return this.segments.find(({ start, end }) => address >= start && address < end);
  }
}
