import { type Block, KIND, ROLE } from "./blocks.js";
import type { Heap } from "./heap.js";
import {
  CODE,
  DICT,
  FUNCTION,
  KEYS,
  KEYS_KIND,
  LIST,
  MODULE,
  OBJECT,
  PRE_HEADER,
  SET,
  STRING,
  TUPLE,
  TYPE,
  VALUES,
} from "./layout.js";
import { lineOf } from "./lines.js";
import { FLAGS, hasFlag, type TypeFacts } from "./object-map.js";

/** Offset -> name of what built-in classes keep, where they do not declare it themselves. */
const BUILTIN: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  dict: { [DICT.used]: "length", [DICT.version]: "version", [DICT.keys]: "keys", [DICT.values]: "values" },
  list: { [OBJECT.size]: "length", [LIST.items]: "items", 32: "allocated" },
  set: { 16: "fill", 24: "used", 32: "mask", [SET.table]: "table", 48: "hash", 56: "finger" },
  str: { 16: "length", [STRING.hash]: "hash", [STRING.state]: "state", 40: "utf8 length", 48: "utf8" },
  bytes: { 16: "length", 24: "hash" },
  function: { [FUNCTION.code]: "__code__", [FUNCTION.version]: "version" },
  code: {
    [CODE.version - 4]: "version",
    [CODE.cached]: "cached attributes",
    144: "weak references",
    152: "executors",
    168: "instrumentation",
    [CODE.extra]: "extra",
  },
  module: { 16: "__dict__", 40: "__name__" },
  cell: { 16: "contents" },
  type: {
    168: "flags",
    264: "dict",
    336: "bases",
    344: "mro",
    352: "cache",
    360: "subclasses",
    368: "weak references",
    384: "version tag",
    408: "watchers and versions used",
    [TYPE.cachedKeys]: "shared keys",
    904: "specialization cache",
    912: "specialization cache",
    920: "specialization cache",
  },
};

/** Where modules and classes keep their attributes. */
const DICTS: Readonly<Record<string, number>> = { module: MODULE.dict, type: TYPE.dict };

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
  if (type === undefined) return `+${offset}`;
  if (offset === PRE_HEADER.dict) return "";
  if (offset === PRE_HEADER.weakrefs) return ".(weak references)";
  const inline = inlineName(heap, type, offset);
  if (inline !== undefined) return `.${inline}`;
  if (type.name === "tuple" && offset >= TUPLE.items) return `[${(offset - TUPLE.items) / 8}]`;
  // Attributes are reached through these dicts, and are named without them.
  if (type.dictOffset === offset || DICTS[type.name] === offset) return "";
  if (type.name === "code" && offset >= CODE.bytecode) return `:${lineOf(heap, block, offset - CODE.bytecode)}`;
  const declared = type.fields[String(offset)];
  if (declared !== undefined) return `.${declared}`;
  const known = BUILTIN[type.name] ?? BUILTIN[heap.storageClass(block) ?? ""];
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

/** What a word of a storage block is called, seen from its owner. */
export function slotOf(heap: Heap, block: Block, address: number): string {
  if (block.role === ROLE.list) return `[${(address - block.data) / 8}]`;
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
