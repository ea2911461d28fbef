import type { Block } from "./blocks.js";
import type { Heap } from "./heap.js";
import { BYTES, CODE, OBJECT } from "./layout.js";

/** Kinds of entries of a location table that are not short (Objects/locations.md in CPython 3.13). */
const NONE = 15;
const LONG = 14;
const NO_COLUMNS = 13;
const ONE_LINE = 10;

/** A number in groups of six bits, lowest first. */
function variable(table: Uint8Array, at: number): { readonly value: number; readonly next: number } {
  let value = 0;
  let next = at;
  for (let shift = 0; next < table.length; shift += 6) {
    const byte = table[next] as number;
    next += 1;
    value += (byte & 63) * 2 ** shift;
    if ((byte & 64) === 0) break;
  }
  return { value, next };
}

/** Zigzag: the lowest bit is the sign. */
const signed = (value: number): number => (value % 2 === 1 ? -(value - 1) / 2 : value / 2);

/**
 * The source line of an instruction (Objects/locations.md).
 * @param table - `co_linetable`
 * @param firstLine - `co_firstlineno`
 * @param offset - of the instruction, in bytes
 */
export function lineAt(table: Uint8Array, firstLine: number, offset: number): number {
  let line = firstLine;
  let end = 0;
  for (let at = 0; at < table.length; ) {
    const first = table[at] as number;
    const kind = (first >> 3) & 15;
    end += ((first & 7) + 1) * 2;
    if (kind === LONG || kind === NO_COLUMNS) line += signed(variable(table, at + 1).value);
    else if (kind >= ONE_LINE && kind < NO_COLUMNS) line += kind - ONE_LINE;
    if (offset < end) return kind === NONE ? firstLine : line;
    // Only the first byte of an entry has its highest bit set.
    for (at += 1; at < table.length && (table[at] as number) < 128; at += 1);
  }
  return line;
}

/** The source line of a byte of a code object's instructions; its first line where the table is not saved. */
export function lineOf({ snapshot }: Heap, code: Block, offset: number): number {
  const first = snapshot.half(code.address + CODE.firstLine);
  const bytes = snapshot.word(code.address + CODE.lineTable);
  const size = snapshot.word(bytes + OBJECT.size);
  const table = size > 0 && size < 2 ** 20 ? snapshot.slice(bytes + BYTES.data, size) : undefined;
  return table === undefined ? first : lineAt(table, first, offset);
}
