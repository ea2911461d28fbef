/**
 * Where CPython 3.13 keeps things, in bytes: builds with the GIL on 64 bits, stock and patched alike. From the headers
 * of 3.13.5 (`offsetof`); `test/integration/blame.test.ts` finds known objects by them.
 */

/** Include/object.h, Include/cpython/*.h. */
export const OBJECT = { refcount: 0, type: 8, size: 16 } as const;
/** Include/internal/pycore_object.h: dict and weak references of classes with a managed dict, before the header. */
export const PRE_HEADER = { size: 16, dict: -24, weakrefs: -32 } as const;

export const DICT = { used: 16, version: 24, keys: 32, values: 40 } as const;
/** Include/internal/pycore_dict.h, `struct _dictkeysobject`. */
export const KEYS = {
  refcount: 0,
  log2IndexBytes: 9,
  kind: 10,
  version: 12,
  usable: 16,
  entries: 24,
  indices: 32,
} as const;
export const KEYS_KIND = { general: 0, unicode: 1, split: 2 } as const;
/** `struct _dictvalues`: four bytes, padding, then the values. */
export const VALUES = { first: 8 } as const;
export const LIST = { items: 24 } as const;
export const TUPLE = { items: 24 } as const;
export const SET = { table: 40, smallTable: 64 } as const;
export const BYTES = { data: 32 } as const;
export const STRING = { length: 16, hash: 24, state: 32, ascii: 40, compact: 56, data: 56 } as const;
export const FUNCTION = { qualname: 40, code: 48, module: 104, version: 136 } as const;
export const CODE = {
  firstLine: 68,
  version: 92,
  filename: 112,
  qualname: 128,
  lineTable: 136,
  cached: 160,
  extra: 192,
  bytecode: 200,
} as const;
export const TYPE = { base: 256, dict: 264, cachedKeys: 880 } as const;
export const MODULE = { dict: 16 } as const;

/** Include/internal/pycore_obmalloc.h. */
export const POOL = {
  size: 16_384,
  header: 48,
  count: 0,
  freeBlock: 8,
  arena: 32,
  sizeClass: 36,
  next: 40,
  last: 44,
  classes: 32,
  alignment: 16,
} as const;

/** glibc malloc/malloc.c, `struct malloc_chunk`. */
export const CHUNK = { size: 8, data: 16, inUse: 1, mapped: 2 } as const;

/** `_PyRuntimeState._main_interpreter`, Include/internal/pycore_runtime.h. */
export const INTERPRETER = 88_400;
/** PyInterpreterState.obmalloc, a pointer, and no less than what is behind it: sizeof(struct _obmalloc_state). */
export const SMALL_OBJECTS = { state: 10_800, size: 16_384 } as const;
/** PyInterpreterState._initial_thread; in it PyThreadState.datastack_chunk, a pointer to a `_PyStackChunk`. */
export const THREAD = { state: 194_624, frames: 232, chunkSize: 8 } as const;
/** In PyInterpreterState: head of the first generation; each is followed by its threshold and count. */
export const GENERATIONS = { first: 7424, stride: 24, stats: 7528 } as const;

/** sizeof(struct gc_generation_stats), which begins with the number of collections. */
export const GENERATION_STATS = 24;

/** Parts of `_PyRuntime`, ascending: the last that begins at or before an offset holds it. */
const RUNTIME_PARTS: readonly (readonly [number, string])[] = [
  [0, "runtime"],
  [656, "runtime"],
  [696, "allocators"],
  [1080, "signals"],
  [2192, "runtime"],
  [2560, "ceval (pending calls)"],
  [9880, "runtime"],
  [10_464, "static types"],
  [13_840, "static objects"],
];

/** Parts of the main interpreter (Include/internal/pycore_interp.h), ascending. */
const INTERPRETER_PARTS: readonly (readonly [number, string])[] = [
  [0, "ceval (eval breaker, pending calls)"],
  [7264, "interpreter"],
  [7336, "threads"],
  [7376, "interpreter"],
  [7400, "garbage collector"],
  [7640, "interpreter"],
  [7656, "imports"],
  [7752, "GIL"],
  [7960, "codecs"],
  [7992, "configuration"],
  [8440, "interpreter"],
  [8480, "function watchers"],
  [8560, "interpreter"],
  [10_656, "warnings"],
  [10_696, "interpreter"],
  [10_952, "free lists of objects"],
  [14_496, "strings"],
  [14_560, "dtoa"],
  [17_000, "function version cache"],
  [82_544, "code"],
  [82_560, "dicts"],
  [82_640, "exceptions"],
  [82_672, "interpreter"],
  [82_696, "ast"],
  [84_648, "type attribute cache"],
  [182_960, "type states"],
  [193_072, "interpreter"],
  [194_328, "cached objects"],
  [194_488, "static objects"],
  [194_624, "thread state"],
  [194_976, "runtime"],
];

function partAt(parts: readonly (readonly [number, string])[], offset: number): string {
  return parts.findLast(([start]) => start <= offset)?.[1] ?? "runtime";
}

/** Name of the part of `_PyRuntime` at an offset. */
export function runtimePart(offset: number): string {
  return offset < INTERPRETER ? partAt(RUNTIME_PARTS, offset) : partAt(INTERPRETER_PARTS, offset - INTERPRETER);
}
