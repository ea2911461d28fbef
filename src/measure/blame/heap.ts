import { type Block, findBlock, KIND, ROLE } from "./blocks.js";
import { BlockFinder } from "./find-blocks.js";
import { GENERATIONS, INTERPRETER, TYPE } from "./layout.js";
import { type Layout, layoutOf } from "./layouts.js";
import type { DataSymbol, ObjectMap, TypeFacts } from "./object-map.js";
import { PAGE, type Snapshot, WORDS } from "./snapshot.js";

/** The count of what is never freed. */
const IMMORTAL = 0xffffffff;

/** A saved heap: what lies where, and whose it is. */
export class Heap {
  readonly blocks: readonly Block[];
  readonly layout: Layout;
  /** For each word of the saved pages the number + 1 of the block that pointers to it mean. */
  readonly #slots: Int32Array;

  constructor(
    readonly snapshot: Snapshot,
    readonly map: ObjectMap,
  ) {
    this.layout = layoutOf(map);
    this.blocks = new BlockFinder(snapshot, map, this.layout).find();
    this.#slots = new Int32Array(snapshot.pages.length * WORDS);
    this.blocks.forEach(({ kind, address }, number) => {
      const page = snapshot.indexOf(address);
      if (kind !== KIND.free && page >= 0) this.#slots[page * WORDS + (address % PAGE) / 8] = number + 1;
    });
    for (const block of this.blocks) this.#claimStorage(block);
  }

  /** The block that a pointer points to the beginning of. */
  at(address: number): Block | undefined {
    const page = this.snapshot.indexOf(address);
    const number = page < 0 || address % 8 !== 0 ? 0 : (this.#slots[page * WORDS + (address % PAGE) / 8] as number);
    return this.blocks[number - 1];
  }

  /** The block that holds an address. */
  holding(address: number): Block | undefined {
    // Words are asked for one after the other: it is often the block of the one before.
    const last = this.#last;
    if (last !== undefined && address >= last.start && address < last.end) return last;
    this.#last = findBlock(this.blocks, address);
    return this.#last;
  }

  #last: Block | undefined;

  /** Whether an object lies on the page at `base` whose count is not fixed (PEP 683). */
  countsOn(base: number): boolean {
    for (let at = base; at < base + PAGE; at += 8) {
      const block = this.at(at);
      if (block?.kind === KIND.object && this.snapshot.word(at) < IMMORTAL) return true;
    }
    return false;
  }

  typeOf(block: Block): TypeFacts | undefined {
    return block.type < 0 ? undefined : this.map.types[block.type];
  }

  /** The class that derives from, or is, one of the built-in ones with storage of its own. */
  storageClass(block: Block): string | undefined {
    const type = this.typeOf(block);
    if (type === undefined) return undefined;
    return type.name in this.layout.storage ? type.name : this.#builtinBase(type);
  }

  /** The smallest variable that holds an address. */
  symbolAt(address: number): DataSymbol | undefined {
    const { symbols } = this.map;
    let low = 0;
    let high = symbols.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((symbols[middle] as DataSymbol).address <= address) low = middle + 1;
      else high = middle;
    }
    for (let index = low - 1; index >= Math.max(0, low - 8); index -= 1) {
      const symbol = symbols[index] as DataSymbol;
      if (address < symbol.address + symbol.size) return symbol;
    }
    return undefined;
  }

  /** Text of a str object, or `undefined` where it is none or not saved. */
  text(address: number): string | undefined {
    return this.layout.text(this.snapshot, address);
  }

  /**
   * Objects in the collector's lists of generation 0 to 2: what is frozen, sealed or untracked is in none. Python 2
   * does not count its collections, and its lists are not asked for.
   */
  generations(): readonly ReadonlySet<number>[] {
    if (this.map.runtime === 0) return [];
    return [0, 1, 2].map((generation) => {
      const { first, stride } = GENERATIONS;
      const head = this.map.runtime + INTERPRETER + first + generation * stride;
      const found = new Set<number>();
      for (let at = this.snapshot.word(head); at > 0 && at !== head && !found.has(at); at = this.snapshot.word(at)) {
        found.add(at);
        if (this.snapshot.indexOf(at) < 0) break;
      }
      return found;
    });
  }

  #builtinBase(type: TypeFacts): string | undefined {
    const seen = this.#bases.get(type);
    if (seen !== undefined) return seen === "" ? undefined : seen;
    const facts = this.#typeAt(this.snapshot.word(type.address + TYPE.base));
    const found =
      facts === undefined ? "" : facts.name in this.layout.storage ? facts.name : (this.#builtinBase(facts) ?? "");
    this.#bases.set(type, found);
    return found === "" ? undefined : found;
  }

  readonly #bases = new Map<TypeFacts, string>();
  #types: Map<number, TypeFacts> | undefined;

  #typeAt(address: number): TypeFacts | undefined {
    this.#types ??= new Map(this.map.types.map((type) => [type.address, type]));
    return this.#types.get(address);
  }

  /** The class that an address is the type object of. */
  classAt(address: number): TypeFacts | undefined {
    return this.#typeAt(address);
  }

  #claimStorage(block: Block): void {
    if (block.kind !== KIND.object) return;
    const name = this.storageClass(block);
    if (name === undefined) return;
    for (const [offset, role] of this.layout.storage[name] ?? []) {
      const storage = this.at(this.snapshot.word(block.address + offset));
      if (storage?.kind !== KIND.memory || storage.role !== ROLE.none) continue;
      storage.role = role;
      storage.owner = block;
    }
  }
}
