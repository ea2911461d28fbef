import { type Block, KIND, ROLE } from "./blocks.js";
import type { Heap } from "./heap.js";
import { DICT, KEYS, KEYS_KIND, PRE_HEADER, TUPLE, TYPE, VALUES } from "./layout.js";
import { lineOf } from "./lines.js";
import { FLAGS, hasFlag, type TypeFacts } from "./object-map.js";

/** The key at an index of the keys block that names the inline or split values of an object. */
function keyAt(heap: Heap, keys: number, index: number): string | undefined {
  const { snapshot } = heap;
  const kind = snapshot.byte(keys + KEYS.kind);
  const entries = keys + KEYS.indices + 2 ** snapshot.byte(keys + KEYS.log2IndexBytes);
  const key = kind === KEYS_KIND.general ? entries + index * 24 + 8 : entries + index * 16;
  return heap.text(snapshot.word(Math.floor(key / 8) * 8));
}

/** Which entry of a keys block holds an address; -1: its head or its index. */
export function entryOf(heap: Heap, keys: number, address: number): number {
  const { snapshot } = heap;
  const entries = keys + KEYS.indices + 2 ** snapshot.byte(keys + KEYS.log2IndexBytes);
  const size = snapshot.byte(keys + KEYS.kind) === KEYS_KIND.general ? 24 : 16;
  return address < entries ? -1 : Math.floor((address - entries) / size);
}

/** What a word of an object is called: `.name`, `[3]`, `.+24` where nobody names it. */
export function fieldOf(heap: Heap, block: Block, address: number): string {
  const type = heap.typeOf(block);
  const offset = address - block.address;
  const { layout } = heap;
  if (type === undefined) return `+${offset}`;
  if (offset === PRE_HEADER.dict) return "";
  if (offset === PRE_HEADER.weakrefs) return ".(weak references)";
  const inline = inlineName(heap, type, offset);
  if (inline !== undefined) return `.${inline}`;
  if (type.name === "tuple" && offset >= TUPLE.items) return `[${(offset - TUPLE.items) / 8}]`;
  // Attributes are reached through these dicts, and are named without them.
  if (type.dictOffset === offset || layout.dicts[type.name] === offset) return "";
  if (type.name === "code" && offset >= layout.bytecode) return `:${lineOf(heap, block, offset - layout.bytecode)}`;
  const declared = type.fields[String(offset)];
  if (declared !== undefined) return `.${declared}`;
  const builtin = heap.storageClass(block) ?? type.name;
  const small = builtin === "dict" ? layout.smallTable : undefined;
  if (small !== undefined && offset >= small.first && offset < small.end) {
    return entryLabel(heap, block.address + small.first, address);
  }
  const known = layout.fields[type.name] ?? layout.fields[builtin];
  const name = known?.[offset];
  return name === undefined ? `.+${offset}` : `.(${name})`;
}

function inlineName(heap: Heap, type: TypeFacts, offset: number): string | undefined {
  if (!hasFlag(type, FLAGS.inlineValues) || offset < type.basicSize) return undefined;
  const keys = heap.snapshot.word(type.address + TYPE.cachedKeys);
  const index = (offset - type.basicSize - VALUES.first) / 8;
  const found = index < 0 ? undefined : keyAt(heap, keys, index);
  return found ?? "(inline values)";
}

const isName = (text: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);

function keyLabel(text: string): string {
  return isName(text) ? `.${text}` : `[${JSON.stringify(text.slice(0, 40))}]`;
}

/** Python 2's dict entries are hash, key and value, 8 bytes each. */
function entryLabel(heap: Heap, table: number, address: number): string {
  const entry = table + Math.floor((address - table) / 24) * 24;
  const key = heap.text(heap.snapshot.word(entry + 8));
  return key === undefined ? "" : keyLabel(key);
}

/** What a word of a storage block is called, seen from its owner. */
export function slotOf(heap: Heap, block: Block, address: number): string {
  if (block.role === ROLE.list) return `[${(address - block.data) / 8}]`;
  if (block.role === ROLE.table) return entryLabel(heap, block.data, address);
  if (block.role === ROLE.keys) {
    const entry = entryOf(heap, block.data, address);
    const key = entry < 0 ? undefined : keyAt(heap, block.data, entry);
    return key === undefined ? "" : keyLabel(key);
  }
  if (block.role === ROLE.values && block.owner !== undefined) {
    const keys = heap.snapshot.word(block.owner.address + DICT.keys);
    const key = keyAt(heap, keys, (address - block.data - VALUES.first) / 8);
    return key === undefined ? "" : keyLabel(key);
  }
  return "";
}

/** The name of the edge from a block to what a word of it points to. */
export function edgeLabel(heap: Heap, from: Block, at: number): string {
  return from.kind === KIND.object ? fieldOf(heap, from, at) : slotOf(heap, from, at);
}
