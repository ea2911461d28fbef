import { Block, type BlockPlace, KIND, PLACE, type Place } from "./blocks.js";
import { CHUNK, OBJECT, POOL, PRE_HEADER } from "./layout.js";
import type { Layout } from "./layouts.js";
import { FLAGS, hasFlag, type ObjectMap, type TypeFacts } from "./object-map.js";
import { PAGE, type Segment, type Snapshot } from "./snapshot.js";

/** Counts fit into 32 bits, immortal ones too (0xFFFFFFFF); pointers do not. */
export const isCount = (word: number): boolean => word >= 0 && word < 2 ** 32;

/** Bytes before an object of this class: the collector's header, and the managed dict's before it. */
export function headersOf(type: TypeFacts, { gcHeader }: Layout): number {
  const managed = hasFlag(type, FLAGS.managedDict) || hasFlag(type, FLAGS.managedWeakref);
  return (hasFlag(type, FLAGS.gc) ? gcHeader : 0) + (managed ? PRE_HEADER.size : 0);
}

/** Finds the blocks of a saved heap: every pool of the small-object allocator, every chunk of malloc, static objects. */
export class BlockFinder {
  readonly blocks: Block[] = [];
  readonly #types = new Map<number, number>();
  readonly #facts: readonly TypeFacts[];
  /** What may lie before an object, in bytes. */
  readonly #headers: readonly number[];

  constructor(
    private readonly snapshot: Snapshot,
    map: ObjectMap,
    private readonly layout: Layout,
  ) {
    this.#headers = [0, layout.gcHeader, layout.gcHeader + PRE_HEADER.size];
    this.#facts = map.types;
    map.types.forEach(({ address }, index) => {
      this.#types.set(address, index);
    });
  }

  /** All blocks, ascending. */
  find(): readonly Block[] {
    for (const segment of this.snapshot.segments) {
      if (segment.name === "[heap]") this.#heap(segment);
      else if (segment.name === "") this.#anonymous(segment);
      else if (segment.name.startsWith("/")) this.#data(segment.start, segment.end);
    }
    return this.blocks;
  }

  #anonymous({ start, end }: Segment): void {
    for (let at = start; at < end; ) {
      const pool = this.layout.pool.size;
      const size = at % pool === 0 && this.#pool(at) ? pool : this.#mapped(at, end);
      if (size === 0) this.#data(at, at + PAGE);
      at += size || PAGE;
    }
  }

  /** Include/internal/pycore_obmalloc.h, "pool_header". @returns whether there is a pool */
  #pool(at: number): boolean {
    const { snapshot } = this;
    const { pool } = this.layout;
    const sizeClass = snapshot.half(at + pool.sizeClass);
    const next = snapshot.half(at + pool.next);
    const size = (sizeClass + 1) * pool.alignment;
    const fits = sizeClass >= 0 && sizeClass < pool.classes && snapshot.half(at + pool.last) === pool.size - size;
    if (!fits || next < POOL.header + size || next > pool.size || snapshot.half(at + pool.arena) > 2 ** 24)
      return false;
    this.#add({ start: at, size: POOL.header, kind: KIND.poolHeader, place: PLACE.pool });
    const unused = snapshot.half(at + POOL.count) === 0;
    const free = this.#freeBlocks(at);
    for (let block = at + POOL.header; block + size <= at + next; block += size) {
      if (unused || free.has(block)) this.#add({ start: block, size, kind: KIND.free, place: PLACE.pool });
      else this.#used(block, block, block + size, PLACE.pool);
    }
    const carved = at + POOL.header + Math.floor((next - POOL.header) / size) * size;
    if (carved < at + pool.size)
      this.#add({ start: carved, size: at + pool.size - carved, kind: KIND.free, place: PLACE.pool });
    return true;
  }

  #freeBlocks(pool: number): ReadonlySet<number> {
    const found = new Set<number>();
    let block = this.snapshot.word(pool + POOL.freeBlock);
    while (block > pool && block < pool + this.layout.pool.size && !found.has(block)) {
      found.add(block);
      block = this.snapshot.word(block);
    }
    return found;
  }

  /** A chunk that malloc mapped by itself. @returns its size, 0 where there is none */
  #mapped(at: number, end: number): number {
    const word = this.snapshot.word(at + CHUNK.size);
    const size = word - CHUNK.mapped;
    const fits = word > 0 && word % 8 === CHUNK.mapped && size % PAGE === 0 && at + size <= end;
    if (!fits || this.snapshot.word(at) !== 0) return 0;
    this.#used(at, at + CHUNK.data, at + size, PLACE.heap);
    return size;
  }

  /** The chunks of malloc's main arena, one behind the other. */
  #heap({ start, end }: Segment): void {
    for (let at = start; at < end; ) {
      const word = this.snapshot.word(at + CHUNK.size);
      const size = word - (word % 8);
      if (word <= 0 || size < 2 * CHUNK.data || at + size > end) return;
      const after = this.snapshot.word(at + size + CHUNK.size);
      const used = after >= 0 && after % 2 === CHUNK.inUse;
      if (used) this.#used(at, at + CHUNK.data, at + size, PLACE.heap);
      else this.#add({ start: at, size, data: CHUNK.data, kind: KIND.free, place: PLACE.heap });
      at += size;
    }
  }

  /** Objects in the data of programs and libraries: classes, small numbers, strings of the interpreter. */
  #data(start: number, end: number): void {
    for (let at = start; at < end; at += 8) {
      const count = this.snapshot.word(at);
      if (count <= 0 || !isCount(count)) continue;
      const type = this.#types.get(this.snapshot.word(at + OBJECT.type));
      if (type === undefined) continue;
      const { basicSize, itemSize, name } = this.#facts[type] as TypeFacts;
      const items = itemSize === 0 ? 0 : Math.min(Math.abs(this.snapshot.word(at + OBJECT.size)), 2 ** 12);
      const size = name === "type" ? this.layout.staticType : Math.ceil((basicSize + items * itemSize) / 8) * 8;
      this.#add({ start: at, size, kind: KIND.object, place: PLACE.data, type });
      at += size - 8;
    }
  }

  #used(start: number, data: number, end: number, place: Place): void {
    for (const before of this.#headers) {
      const address = data + before;
      if (address + OBJECT.type >= end) break;
      const type = this.#types.get(this.snapshot.word(address + OBJECT.type)) ?? -1;
      const count = this.snapshot.word(address);
      if (type < 0 || !isCount(count) || headersOf(this.#facts[type] as TypeFacts, this.layout) !== before) continue;
      const kind = count === 0 ? KIND.spare : KIND.object;
      this.#add({ start, size: end - start, data: data - start, kind, place, type, address: address - start });
      return;
    }
    if (!this.#numbers(start, data, end, place))
      this.#add({ start, size: end - start, data: data - start, kind: KIND.memory, place });
  }

  /** Numbers that share a block of malloc. @returns whether these are some */
  #numbers(start: number, data: number, end: number, place: Place): boolean {
    const { numbers } = this.layout;
    if (numbers === undefined || place !== PLACE.heap) return false;
    const first = data + numbers.first;
    const last = first + numbers.count * numbers.size;
    // malloc rounds up to 16 bytes, of which 8 belong to the next chunk.
    if (last > end + CHUNK.size || last <= end - CHUNK.data) return false;
    const types = Array.from({ length: numbers.count }, (_, number) => {
      const type = this.#types.get(this.snapshot.word(first + number * numbers.size + OBJECT.type));
      return type !== undefined && this.#facts[type]?.basicSize === numbers.size ? type : -1;
    });
    const only = new Set(types.filter((type) => type >= 0));
    if (only.size !== 1) return false;
    this.#add({ start, size: first - start, data: data - start, kind: KIND.memory, place });
    types.forEach((type, number) => {
      const at = first + number * numbers.size;
      const kind = type < 0 ? KIND.free : KIND.object;
      this.#add({ start: at, size: numbers.size, kind, place: PLACE.pool, type });
    });
    if (last < end) this.#add({ start: last, size: end - last, kind: KIND.memory, place });
    return true;
  }

  #add(place: BlockPlace): void {
    this.blocks.push(new Block(place));
  }
}
