import type { PageObject, PageView, PageWord } from "../../model/blame-page.js";
import { Attributor } from "./attribute.js";
import { type Block, KIND } from "./blocks.js";
import type { Capture } from "./capture.js";
import { PAGE, WORDS } from "./snapshot.js";

const KINDS: Readonly<Record<number, string>> = {
  [KIND.memory]: "memory",
  [KIND.free]: "free",
  [KIND.spare]: "free list",
  [KIND.poolHeader]: "pool header",
};

const hex = (word: bigint): string => `0x${word.toString(16).padStart(16, "0")}`;

/** The record of one page among the changes of a process (guest/probe/README.md); its words exactly as they are. */
function wordsOf(changes: Buffer, page: number): readonly (readonly [word: number, value: bigint])[] | undefined {
  const mask = WORDS / 8;
  for (let at = 0; at < changes.length; ) {
    const size = changes.readUInt32LE(at + 4);
    const values = at + 8 + mask;
    if (changes.readUInt32LE(at) === page) {
      const set = Array.from({ length: WORDS }, (_, word) => word).filter(
        (word) => (changes.readUInt8(at + 8 + (word >> 3)) >> (word & 7)) & 1,
      );
      return set.map((word, index) => [word, changes.readBigUInt64LE(values + index * 8)]);
    }
    at = values + size * 8;
  }
  return undefined;
}

class PageViewer {
  readonly #attributor: Attributor;

  constructor(private readonly capture: Capture) {
    this.#attributor = new Attributor(capture);
  }

  view(address: number): PageView | undefined {
    const page = this.capture.snapshot.indexOf(address);
    if (page < 0) return undefined;
    const base = address - (address % PAGE);
    const processes = this.capture.processes.flatMap(({ pid }, index) => {
      const words = wordsOf(this.capture.source.changes[index] as Buffer, page);
      const role = index === 0 ? ("master" as const) : ("worker" as const);
      return words === undefined ? [] : [{ pid, role, words: this.#words(base, page, words) }];
    });
    return { schemaVersion: 1, address: `0x${base.toString(16)}`, objects: this.#objects(base), processes };
  }

  #words(base: number, page: number, words: readonly (readonly [number, bigint])[]): readonly PageWord[] {
    const now = new Map(words.map(([word, value]) => [base + word * 8, Number(value)]));
    return words.map(([word, value]) => {
      const { cause, type, block, field } = this.#attributor.causes.find(base + word * 8, now);
      return {
        offset: word * 8,
        before: hex(this.capture.snapshot.bytes.readBigUInt64LE(page * PAGE + word * 8)),
        now: hex(value),
        cause,
        type,
        place: `${block === undefined ? "" : this.#place(block)}${field}`,
      };
    });
  }

  #objects(base: number): readonly PageObject[] {
    const { heap } = this.#attributor;
    return heap.blocks
      .filter(({ start, end }) => start < base + PAGE && end > base)
      .map((block) => ({
        offset: block.start - base,
        bytes: block.end - block.start,
        what: KINDS[block.kind] ?? heap.typeOf(block)?.name ?? "object",
        place: this.#place(block),
      }));
  }

  #place(block: Block): string {
    const { module, path } = this.#attributor.names.home(block);
    return module === "" ? path : `${module}:${path}`;
  }
}

/**
 * One page before and after, with what lay on it.
 * @returns `undefined` where nothing was preloaded at the address
 */
export function viewPage(capture: Capture, address: number): PageView | undefined {
  return new PageViewer(capture).view(address);
}
