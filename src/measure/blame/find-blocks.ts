import { Block, type BlockPlace, KIND, PLACE, type Place } from "./blocks.js";
import { CHUNK, GC_HEADER, OBJECT, POOL, PRE_HEADER } from "./layout.js";
import { FLAGS, hasFlag, type ObjectMap, type TypeFacts } from "./object-map.js";
import { PAGE, type Segment, type Snapshot } from "./snapshot.js";

/** Counts fit into 32 bits, immortal ones too (0xFFFFFFFF); pointers do not. */
export const isCount = (word: number): boolean => word >= 0 && word < 2 ** 32;

/** Bytes before an object of this class: the collector's header, and the managed dict's before it. */
export function headersOf(type: TypeFacts): number {
  const managed = hasFlag(type, FLAGS.managedDict) || hasFlag(type, FLAGS.managedWeakref);
  return (hasFlag(type, FLAGS.gc) ? GC_HEADER : 0) + (managed ? PRE_HEADER.size : 0);
}

/** Largest bytes before an object. */
const HEADERS = [0, GC_HEADER, GC_HEADER + PRE_HEADER.size] as const;

/** Finds the blocks of a saved heap: every pool of the small-object allocator, every chunk of malloc, static objects. */
export class BlockFinder {
  readonly blocks: Block[] = [];
  readonly #types = new Map<number, number>();
  readonly #facts: readonly TypeFacts[];

  constructor(
    private readonly snapshot: Snapshot,
    map: ObjectMap,
  ) {
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
      const size = at % POOL.size === 0 && this.#pool(at) ? POOL.size : this.#mapped(at, end);
      if (size === 0) this.#data(at, at + PAGE);
      at += size || PAGE;
    }
  }

  /** Include/internal/pycore_obmalloc.h, "pool_header". @returns whether there is a pool */
  #pool(at: number): boolean {
    const { snapshot } = this;
    const sizeClass = snapshot.half(at + POOL.sizeClass);
    const next = snapshot.half(at + POOL.next);
    const size = (sizeClass + 1) * POOL.alignment;
    const fits = sizeClass >= 0 && sizeClass < POOL.classes && snapshot.half(at + POOL.last) === POOL.size - size;
    if (!fits || next < POOL.header + size || next > POOL.size || snapshot.half(at + POOL.arena) > 2 ** 24)
      return false;
    this.#add({ start: at, size: POOL.header, kind: KIND.poolHeader, place: PLACE.pool });
    const unused = snapshot.half(at + POOL.count) === 0;
    const free = this.#freeBlocks(at);
    for (let block = at + POOL.header; block + size <= at + next; block += size) {
      if (unused || free.has(block)) this.#add({ start: block, size, kind: KIND.free, place: PLACE.pool });
      else this.#used(block, block, block + size, PLACE.pool);
    }
    const carved = at + POOL.header + Math.floor((next - POOL.header) / size) * size;
    if (carved < at + POOL.size)
      this.#add({ start: carved, size: at + POOL.size - carved, kind: KIND.free, place: PLACE.pool });
    return true;
  }

  #freeBlocks(pool: number): ReadonlySet<number> {
    const found = new Set<number>();
    let block = this.snapshot.word(pool + POOL.freeBlock);
    while (block > pool && block < pool + POOL.size && !found.has(block)) {
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
      // A static class has no room for what `class` statements need.
      const size = name === "type" ? STATIC_TYPE : Math.ceil((basicSize + items * itemSize) / 8) * 8;
      this.#add({ start: at, size, kind: KIND.object, place: PLACE.data, type });
      at += size - 8;
    }
  }

  #used(start: number, data: number, end: number, place: Place): void {
    for (const before of HEADERS) {
      const address = data + before;
      if (address + OBJECT.type >= end) break;
      const type = this.#types.get(this.snapshot.word(address + OBJECT.type)) ?? -1;
      const count = this.snapshot.word(address);
      if (type < 0 || !isCount(count) || headersOf(this.#facts[type] as TypeFacts) !== before) continue;
      const kind = count === 0 ? KIND.spare : KIND.object;
      this.#add({ start, size: end - start, data: data - start, kind, place, type, address: address - start });
      return;
    }
    this.#add({ start, size: end - start, data: data - start, kind: KIND.memory, place });
  }

  #add(place: BlockPlace): void {
    this.blocks.push(new Block(place));
  }
}

/** sizeof(PyTypeObject). */
const STATIC_TYPE = 416;
