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
const REGION = 512;

/**
 * The preloaded pages as they were before the first fork. Addresses are plain numbers: user space ends below 2^47.
 * What is not saved (clean pages of files, pages never touched) reads as `undefined`.
 */
export class Snapshot {
  readonly #halves: Uint32Array;
  /** Index + 1 of each page of a region of 512 pages, by the region's number: small keys are what maps are quick with. */
  readonly #regions = new Map<number, Int32Array>();
  #lastRegion = -1;
  #lastPages: Int32Array | undefined;

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
      const region = Math.floor(page / REGION);
      const inside = this.#regions.get(region) ?? new Int32Array(REGION);
      this.#regions.set(region, inside);
      inside[page % REGION] = index + 1;
    });
  }

  /** Index of the page that holds the address, or -1. */
  indexOf(address: number): number {
    const page = Math.floor(address / PAGE);
    const region = Math.floor(page / REGION);
    if (region !== this.#lastRegion) {
      this.#lastRegion = region;
      this.#lastPages = this.#regions.get(region);
    }
    return this.#lastPages === undefined ? -1 : (this.#lastPages[page % REGION] as number) - 1;
  }

  /** Calls back with every word in a range that could be a pointer: a multiple of 8 from 2^32 to 2^47. */
  eachPointer(start: number, end: number, take: (pointer: number, address: number) => void): void {
    for (let at = start; at + 8 <= end; ) {
      const index = this.indexOf(at);
      const stop = Math.min(end, at - (at % PAGE) + PAGE);
      if (index < 0) {
        at = stop;
        continue;
      }
      for (let half = index * (PAGE / 4) + (at % PAGE) / 4; at + 8 <= stop; at += 8, half += 2) {
        const high = this.#halves[half + 1] as number;
        const low = this.#halves[half] as number;
        if (high !== 0 && high < 2 ** 15 && low % 8 === 0) take(low + high * HIGH, at);
      }
    }
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
