import { ROLE, type Role } from "./blocks.js";
import { CODE, DICT, FUNCTION, LIST, MODULE, POOL, SET, STRING, TYPE } from "./layout.js";
import type { ObjectMap } from "./object-map.js";
import type { Snapshot } from "./snapshot.js";

type Names = Readonly<Record<number, string>>;

/** What differs between the interpreters whose heaps are read. Offsets and sizes in bytes. */
export interface Layout {
  /** Of the collector's header, which lies before an object. */
  readonly gcHeader: number;
  /** Head of a pool of the small-object allocator, and how blocks follow it. */
  readonly pool: {
    readonly size: number;
    readonly classes: number;
    readonly alignment: number;
    readonly arena: number;
    readonly sizeClass: number;
    readonly next: number;
    readonly last: number;
  };
  /** sizeof(PyTypeObject): a static class has no room for what `class` statements need. */
  readonly staticType: number;
  /** Blocks that hold many small numbers; none where each number is a block. */
  readonly numbers: { readonly first: number; readonly size: number; readonly count: number } | undefined;
  /** Classes whose storage lies elsewhere, and where the pointer to it is. */
  readonly storage: Readonly<Record<string, readonly (readonly [offset: number, role: Role])[]>>;
  /** Offset -> name of what built-in classes keep, where they do not declare it themselves. */
  readonly fields: Readonly<Record<string, Names>>;
  /** Where objects of built-in classes keep their attributes, if their class does not say it. */
  readonly dicts: Readonly<Record<string, number>>;
  /** Offsets that are filled once, when they are needed: reading is what writes. */
  readonly lazy: Readonly<Record<string, readonly number[]>>;
  /** Where the small table of a dict lies in it. */
  readonly smallTable: { readonly first: number; readonly end: number } | undefined;
  readonly function: { readonly module: number; readonly name: number };
  readonly code: { readonly filename: number; readonly name: number };
  /** Where a code object's own instructions begin; they are rewritten while they run. */
  readonly bytecode: number;
  /** Text of a str object, or `undefined` where it is none or not saved. */
  text(snapshot: Snapshot, address: number): string | undefined;
}

/** Include/cpython/object.h, Include/object.h of 2.7: the head of a class has stayed as it was. */
const TYPE_FIELDS: Names = {
  168: "flags",
  264: "dict",
  336: "bases",
  344: "mro",
  352: "cache",
  360: "subclasses",
  368: "weak references",
  384: "version tag",
};

/** Longer texts name nothing. */
const LONGEST = 4096;

/** PEP 393. */
function text3(snapshot: Snapshot, address: number): string | undefined {
  const length = snapshot.word(address + STRING.length);
  const state = snapshot.half(address + STRING.state);
  if (length < 0 || length > LONGEST || state < 0) return undefined;
  const [kind, compact, ascii] = [(state >> 2) & 7, (state >> 5) & 1, (state >> 6) & 1];
  const inside = address + (ascii ? STRING.ascii : STRING.compact);
  const data = snapshot.slice(compact ? inside : snapshot.word(address + STRING.data), length * Math.max(kind, 1));
  if (data === undefined) return undefined;
  if (kind === 2) return data.toString("utf16le");
  return kind === 4 ? undefined : data.toString("latin1");
}

/** CPython 3.13: offsets in layout.ts. */
const PYTHON_3: Layout = {
  gcHeader: 16,
  pool: POOL,
  staticType: 416,
  numbers: undefined,
  storage: {
    dict: [
      [DICT.values, ROLE.values],
      [DICT.keys, ROLE.keys],
    ],
    type: [[TYPE.cachedKeys, ROLE.keys]],
    list: [[LIST.items, ROLE.list]],
    set: [[SET.table, ROLE.set]],
    frozenset: [[SET.table, ROLE.set]],
  },
  fields: {
    dict: { [DICT.used]: "length", [DICT.version]: "version", [DICT.keys]: "keys", [DICT.values]: "values" },
    list: { 16: "length", [LIST.items]: "items", 32: "allocated" },
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
      ...TYPE_FIELDS,
      408: "watchers and versions used",
      [TYPE.cachedKeys]: "shared keys",
      904: "specialization cache",
      912: "specialization cache",
      920: "specialization cache",
    },
  },
  dicts: { module: MODULE.dict, type: TYPE.dict },
  lazy: {
    str: [STRING.hash, STRING.state, 40, 48],
    bytes: [24],
    frozenset: [48],
    function: [FUNCTION.version],
    code: [CODE.version - 4, CODE.cached, CODE.extra],
    type: [384, 408, 168, 904, 912, 920],
  },
  smallTable: undefined,
  function: { module: FUNCTION.module, name: FUNCTION.qualname },
  code: { filename: CODE.filename, name: CODE.qualname },
  bytecode: CODE.bytecode,
  text: text3,
};

/** Include/stringobject.h of 2.7: the characters follow the header; the patch puts a pointer to them before the state. */
function text2(patched: boolean) {
  return (snapshot: Snapshot, address: number): string | undefined => {
    const length = snapshot.word(address + 16);
    if (length < 0 || length > LONGEST) return undefined;
    return snapshot.slice(patched ? snapshot.word(address + 32) : address + 36, length)?.toString("latin1");
  };
}

/** CPython 2.7, from its headers (`offsetof`); `test/integration/blame.test.ts` finds known objects by them. */
const PYTHON_2: Layout = {
  // Include/objimpl.h: a union with a long double, and so a multiple of 16.
  gcHeader: 32,
  // Objects/obmalloc.c, "pool_header": the same fields as in 3.13, and smaller pools.
  pool: { size: 4096, classes: 32, alignment: 16, arena: 32, sizeClass: 36, next: 40, last: 44 },
  staticType: 392,
  // Objects/intobject.c and floatobject.c: a pointer to the next block, then as many as fit into 1,000 bytes of malloc.
  numbers: { first: 8, size: 24, count: 41 },
  storage: {
    dict: [[40, ROLE.table]],
    list: [[24, ROLE.list]],
    set: [[40, ROLE.set]],
    frozenset: [[40, ROLE.set]],
  },
  fields: {
    dict: { 16: "fill", 24: "used", 32: "mask", 40: "table", 48: "lookup" },
    list: { 16: "length", 24: "items", 32: "allocated" },
    set: { 16: "fill", 24: "used", 32: "mask", 40: "table", 48: "lookup", 184: "hash" },
    str: { 16: "length", 24: "hash", 32: "interned" },
    unicode: { 16: "length", 24: "characters", 32: "hash", 40: "encoded" },
    function: { 16: "__code__", 64: "__dict__" },
    code: { 112: "frame kept for the next call", 120: "weak references" },
    module: { 16: "__dict__" },
    cell: { 16: "contents" },
    instance: { 16: "__class__", 24: "__dict__", 32: "weak references" },
    classobj: { 16: "__bases__", 24: "__dict__", 32: "__name__" },
    type: TYPE_FIELDS,
  },
  dicts: { module: 16, type: 264, instance: 24, classobj: 24 },
  lazy: { str: [24, 32], unicode: [32, 40], frozenset: [184], type: [384, 168], code: [112] },
  smallTable: { first: 56, end: 248 },
  function: { module: 80, name: 56 },
  code: { filename: 80, name: 88 },
  bytecode: Number.POSITIVE_INFINITY,
  text: text2(false),
};

/** The patch moves what is behind the hash of a string. */
const PATCHED_2: Layout = {
  ...PYTHON_2,
  fields: { ...PYTHON_2.fields, str: { 16: "length", 24: "hash", 32: "characters", 40: "interned" } },
  lazy: { ...PYTHON_2.lazy, str: [24, 40] },
  text: text2(true),
};

/** PyStringObject_SIZE without the pointer of the patch. */
const STRING_2 = 37;

/** The layout of the interpreter that wrote an object map. */
export function layoutOf({ python, types }: ObjectMap): Layout {
  if (!python.startsWith("2.")) return PYTHON_3;
  const patched = types.some(({ name, basicSize }) => name === "str" && basicSize > STRING_2);
  return patched ? PATCHED_2 : PYTHON_2;
}
