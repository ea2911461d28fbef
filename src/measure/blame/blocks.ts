/** What a stretch of memory was when the pages were saved. */
export const KIND = {
  /** A Python object, from its first header on. */
  object: 1,
  /** Memory in use that is no object: storage of containers, tables of C code. */
  memory: 2,
  /** A block that the small-object allocator or malloc could hand out. */
  free: 3,
  /** An object that waits on one of the interpreter's free lists. */
  spare: 4,
  /** The first bytes of a pool. */
  poolHeader: 5,
} as const;

export type Kind = (typeof KIND)[keyof typeof KIND];

/** Where a block was found. */
export const PLACE = { pool: 1, heap: 2, data: 3 } as const;
export type Place = (typeof PLACE)[keyof typeof PLACE];

/** What memory without a header of its own is for. */
export const ROLE = { none: 0, keys: 1, values: 2, list: 3, set: 4, table: 5 } as const;
export type Role = (typeof ROLE)[keyof typeof ROLE];

/** Where a block begins, and what lies in it; distances in bytes from `start`. */
export interface BlockPlace {
  readonly start: number;
  readonly size: number;
  readonly kind: Kind;
  readonly place: Place;
  readonly data?: number;
  readonly address?: number;
  readonly type?: number;
}

/** A heap has hundreds of thousands of these: one address each, and small distances from it, are half of the memory. */
export class Block {
  readonly start: number;
  readonly #size: number;
  readonly #data: number;
  readonly #address: number;
  readonly kind: Kind;
  readonly place: Place;
  /** Index of the object's class, or -1. */
  readonly type: number;
  role: Role = ROLE.none;
  /** The object whose storage this is. */
  owner: Block | undefined = undefined;
  /** Who was found to point here first, and where the pointer lies; see `reach`. */
  parent: Block | undefined = undefined;
  via = 0;
  /** The variable that points here, where no object does. */
  root: string | undefined = undefined;
  /** Whether `reach` has been here. */
  reached = false;

  constructor({ start, size, kind, place, data = 0, address = data, type = -1 }: BlockPlace) {
    this.start = start;
    this.#size = size;
    this.#data = data;
    this.#address = address;
    this.kind = kind;
    this.place = place;
    this.type = type;
  }

  get end(): number {
    return this.start + this.#size;
  }

  /** Where its user begins: behind malloc's header, else `start`. */
  get data(): number {
    return this.start + this.#data;
  }

  /** Address of the object; that of the data where there is none. What pointers to it hold. */
  get address(): number {
    return this.start + this.#address;
  }
}

/** The last block that begins at or before an address, if it reaches that far. `blocks` are ascending. */
export function findBlock(blocks: readonly Block[], address: number): Block | undefined {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((blocks[middle] as Block).start <= address) low = middle + 1;
    else high = middle;
  }
  const block = blocks[low - 1];
  return block !== undefined && address < block.end ? block : undefined;
}
