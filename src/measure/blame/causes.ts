import type { Cause } from "../../model/blame.js";
import { type Block, KIND, PLACE, ROLE } from "./blocks.js";
import { edgeLabel, entryOf, fieldOf } from "./fields.js";
import { isCount } from "./find-blocks.js";
import type { Heap } from "./heap.js";
import { KEYS, KEYS_KIND, OBJECT, PRE_HEADER, TYPE } from "./layout.js";
import { FLAGS, hasFlag, type TypeFacts } from "./object-map.js";
import { fileAt, outside } from "./regions.js";

/** What a changed word says. */
export interface Finding {
  readonly cause: Cause;
  /** Class of the object, name of a table or a library. */
  readonly type: string;
  /** The block whose home names the place. */
  readonly block: Block | undefined;
  /** Behind the home's path. */
  readonly field: string;
}

/** The words of one page that changed, by address; `undefined` for all others. */
export interface Now {
  get(address: number): number | undefined;
}

/** Classes that are containers by themselves, beside those whose storage is found by its owner. */
const CONTAINERS = new Set(["dict", "list", "set", "frozenset", "collections:deque", "collections:OrderedDict"]);

/** Names the writer of each changed word. */
export class CauseFinder {
  /** What memory of unknown use was found to be: the way to its user is long, and the same for every word and process. */
  readonly #users = new Map<Block, Finding>();

  constructor(private readonly heap: Heap) {}

  find(address: number, now: Now): Finding {
    const block = this.heap.holding(address);
    if (block === undefined) return outside(this.heap, address);
    if (block.kind === KIND.poolHeader) return { cause: "free block filled", type: "pool header", block, field: "" };
    if (block.kind === KIND.free) return { cause: "free block filled", type: place(block), block, field: "" };
    if (block.kind === KIND.spare) return { cause: "free list", type: this.#typeName(block), block, field: "" };
    return block.kind === KIND.object ? this.#inObject(block, address, now) : this.#inMemory(block, address, now);
  }

  #typeName(block: Block): string {
    return this.heap.typeOf(block)?.name ?? "";
  }

  #inObject(block: Block, address: number, now: Now): Finding {
    const type = this.#typeName(block);
    const found = (cause: Cause, field = ""): Finding => ({ cause, type, block, field });
    if (this.#freed(block, now)) return found("freed block");
    if (address === block.start && block.place === PLACE.heap) return found("C heap");
    const offset = address - block.address;
    const managed = this.heap.map.runtime !== 0 && (offset === PRE_HEADER.dict || offset === PRE_HEADER.weakrefs);
    if (managed) return found("object field", ".__dict__");
    if (offset < 0) return found("gc header");
    const count = now.get(address) ?? 0;
    if (offset === OBJECT.refcount) return found(count === 0 ? "free list" : "reference count");
    const { smallTable } = this.heap.layout;
    if (type === "dict" && smallTable !== undefined && offset >= smallTable.first)
      return this.#inTable(block, block, address);
    return found(this.#fieldCause(block, type, offset), fieldOf(this.heap, block, address));
  }

  #fieldCause(block: Block, type: string, offset: number): Cause {
    if (type === "code" && offset >= this.heap.layout.bytecode) return "bytecode";
    const builtin = this.heap.classAt(block.address) === undefined ? type : "type";
    if (this.heap.layout.lazy[builtin]?.includes(offset)) return "lazily filled field";
    if (builtin === "type" && offset === TYPE.cachedKeys) return "shared keys";
    const container = CONTAINERS.has(type) || this.heap.storageClass(block) !== undefined;
    const facts = this.heap.typeOf(block);
    const own = facts !== undefined && hasFlag(facts, FLAGS.inlineValues) && offset >= facts.basicSize;
    return container && builtin !== "type" && !own ? "container storage" : "object field";
  }

  /** An object that is gone has another class, a count of zero, or what the allocator writes into free blocks. */
  #freed(block: Block, now: Now): boolean {
    if (block.place === PLACE.data) return false;
    const type = now.get(block.address + OBJECT.type);
    const count = now.get(block.address);
    // Classes may be assigned (`__class__`), but not such that nothing is known of them.
    if (type !== undefined && this.heap.classAt(type) === undefined) return true;
    if (type !== undefined && this.heap.classAt(type) !== this.heap.typeOf(block)) return true;
    if (count !== undefined && !isCount(count)) return true;
    return block.address !== block.data && count === 0;
  }

  #inMemory(block: Block, address: number, now: Now): Finding {
    const { owner } = block;
    const type = owner === undefined ? "" : this.#typeName(owner);
    if (block.role === ROLE.keys) return this.#inKeys(block, type, address, now);
    if (block.role === ROLE.table && owner !== undefined) return this.#inTable(owner, block, address);
    if (block.role === ROLE.values) return { cause: "object field", type, block, field: this.#slot(block, address) };
    if (owner !== undefined) return { cause: "container storage", type, block, field: this.#slot(block, address) };
    const known = this.#users.get(block) ?? this.#anonymous(block);
    this.#users.set(block, known);
    return known;
  }

  /** Python 2's attributes are entries of a dict of their own: what was written is the object's, and not a container. */
  #inTable(dict: Block, block: Block, address: number): Finding {
    const user = this.#attributesOf(dict);
    const field = edgeLabel(this.heap, block, address);
    return user === undefined
      ? { cause: "container storage", type: this.#typeName(dict), block, field }
      : { cause: "object field", type: user.name, block, field };
  }

  /** The class of the object whose attributes a dict holds; none for modules and classes. */
  #attributesOf({ parent, via }: Block): TypeFacts | undefined {
    const type = parent === undefined ? undefined : this.heap.typeOf(parent);
    if (parent === undefined || type === undefined || type.name === "module" || type.name === "classobj")
      return undefined;
    // Also one whose class is not `type` itself, as models of Django.
    if (type.name === "type" || this.heap.classAt(parent.address) !== undefined) return undefined;
    return via - parent.address === (this.heap.layout.dicts[type.name] ?? type.dictOffset) ? type : undefined;
  }

  #inKeys(block: Block, type: string, address: number, now: Now): Finding {
    const { snapshot } = this.heap;
    const offset = address - block.data;
    const split = snapshot.byte(block.data + KEYS.kind) === KEYS_KIND.split;
    if (offset < 0) return { cause: "C heap", type: "malloc", block, field: "" };
    const count = now.get(block.data);
    if (count !== undefined && (count === 0 || !isCount(count)))
      return { cause: "freed block", type, block, field: "" };
    const found = (cause: Cause): Finding => ({
      cause,
      type: split ? "shared keys" : type,
      block,
      field: this.#slot(block, address),
    });
    if (offset === KEYS.refcount || (split && entryOf(this.heap, block.data, address) < 0)) return found("shared keys");
    return offset === Math.floor(KEYS.version / 8) * 8
      ? found("lazily filled field")
      : found(split ? "shared keys" : "container storage");
  }

  #slot(block: Block, address: number): string {
    return edgeLabel(this.heap, block, address);
  }

  /** Memory whose user is known only by who points to it. */
  #anonymous(block: Block): Finding {
    const by = this.#user(block);
    if (by !== undefined && by.type !== "") {
      const container = CONTAINERS.has(by.type) || this.heap.storageClass(by.block) !== undefined;
      return { cause: container ? "container storage" : "object field", type: by.type, block, field: "" };
    }
    const library = this.#library(block);
    if (library !== undefined) return { cause: "C heap", type: library, block, field: "" };
    return {
      cause: block.place === PLACE.heap ? "C heap" : "unknown",
      type: "memory without a known user",
      block,
      field: "",
    };
  }

  /** The object that memory belongs to, through other memory. */
  #user(block: Block): { readonly block: Block; readonly type: string } | undefined {
    let at: Block | undefined = block;
    for (let steps = 0; steps < 8 && at !== undefined; steps += 1) {
      if (at.type >= 0) return { block: at, type: this.#typeName(at) };
      at = at.owner ?? at.parent;
    }
    return undefined;
  }

  /** Whose variables lead to it, or whose code and data it points to. */
  #library(block: Block): string | undefined {
    const { snapshot } = this.heap;
    let at: Block | undefined = block;
    for (; at?.parent !== undefined; at = at.parent);
    if (at?.root !== undefined) return fileAt(this.heap.map, at.via) ?? at.root;
    for (let word = block.data; word + 8 <= block.end && word < block.data + 512; word += 8) {
      const file = fileAt(this.heap.map, snapshot.word(word));
      if (file !== undefined) return file;
    }
    return undefined;
  }
}

function place(block: Block): string {
  return block.place === PLACE.heap ? "malloc" : "small objects";
}
