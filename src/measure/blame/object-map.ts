import { z } from "zod";
import { LabError } from "../../model/errors.js";

/** Bits of `tp_flags` (Include/object.h of 3.13). */
export const FLAGS = {
  inlineValues: 2 ** 2,
  managedWeakref: 2 ** 3,
  managedDict: 2 ** 4,
  heapType: 2 ** 9,
  gc: 2 ** 14,
};

export const hasFlag = (type: TypeFacts, flag: number): boolean => Math.floor(type.flags / flag) % 2 === 1;

/** What the forked child says about a class. */
export interface TypeFacts {
  readonly address: number;
  /** `module:qualname`; without a module for builtins. */
  readonly name: string;
  readonly basicSize: number;
  readonly itemSize: number;
  readonly flags: number;
  readonly dictOffset: number;
  readonly weakOffset: number;
  /** Offset -> name, of slots and of what C code declares. */
  readonly fields: Readonly<Record<string, string>>;
}

/** A variable of a program or library. */
export interface DataSymbol {
  readonly address: number;
  readonly size: number;
  readonly name: string;
}

/** What the forked child wrote (guest/harness, objectmap.py). */
export interface ObjectMap {
  readonly python: string;
  /** Address of `_PyRuntime`. */
  readonly runtime: number;
  /** An address in the main thread's own block. */
  readonly thread: number;
  readonly modules: readonly (readonly [name: string, address: number])[];
  readonly types: readonly TypeFacts[];
  /** Programs and libraries, with the addresses where their mappings begin and end. */
  readonly files: readonly (readonly [path: string, start: number, end: number])[];
  /** Ascending. */
  readonly symbols: readonly DataSymbol[];
}

const address = z.int().min(0);

const schema = z.object({
  format: z.literal(1),
  python: z.tuple([z.int(), z.int(), z.int()]),
  runtime: address,
  thread: address,
  modules: z.array(z.tuple([z.string(), address])),
  types: z.array(
    z.tuple([
      address,
      z.string(),
      z.int().min(0),
      z.int(),
      z.number().min(0),
      z.int(),
      z.int(),
      z.record(z.string(), z.string()),
    ]),
  ),
  files: z.array(z.tuple([z.string(), address, address])),
  symbols: z.array(z.tuple([address, z.int().min(1), z.string()])),
});

function unreadable(details: readonly string[]): LabError {
  return new LabError("fleet", "the object map of the fleet does not fit its format", {
    details,
    next: "majek-lab up LAB --recreate (the image may be of another release)",
  });
}

/**
 * Reads the object map.
 * @throws LabError "fleet" where it is not one
 */
export function parseObjectMap(text: string): ObjectMap {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw unreadable([(error as Error).message]);
  }
  const result = schema.safeParse(data);
  if (!result.success) throw unreadable(result.error.issues.map((one) => `${one.path.join(".")}: ${one.message}`));
  const { python, runtime, thread, modules, types, files, symbols } = result.data;
  return {
    python: python.join("."),
    runtime,
    thread,
    modules,
    files,
    types: types.map(([at, name, basicSize, itemSize, flags, dictOffset, weakOffset, fields]) => ({
      address: at,
      name,
      basicSize,
      itemSize,
      flags,
      dictOffset,
      weakOffset,
      fields,
    })),
    symbols: symbols
      .map(([at, size, name]) => ({ address: at, size, name }))
      .sort((a, b) => a.address - b.address || b.size - a.size),
  };
}
