import { describe, expect, it } from "vitest";
import { CauseFinder } from "../../../../src/measure/blame/causes.js";
import { Heap } from "../../../../src/measure/blame/heap.js";
import type { ObjectMap, TypeFacts } from "../../../../src/measure/blame/object-map.js";
import { reach } from "../../../../src/measure/blame/reach.js";
import { PAGE, Snapshot } from "../../../../src/measure/blame/snapshot.js";

const BASE = 0x7f00_0000_0000;
/** Classes that lie elsewhere: only their addresses count. */
const TYPES = 0x7e00_0000_0000;

function type(number: number, name: string, basicSize: number, dictOffset = 0): TypeFacts {
  return {
    address: TYPES + number * 1024,
    name,
    basicSize,
    itemSize: 0,
    flags: 0,
    dictOffset,
    weakOffset: 0,
    fields: {},
  };
}

const MODULE = type(0, "module", 24, 16);
const DICT = type(1, "dict", 248);
const META = type(2, "app:Meta", 872, 264);
const CLASSOBJ = type(3, "classobj", 72);
const THING = type(4, "app:Thing", 32, 16);
const FROZENSET = type(5, "frozenset", 200);

/** Where each object lies, from the beginning of the only page. */
const AT = {
  module: 0,
  names: 64,
  thing: 320,
  thingDict: 384,
  classic: 640,
  classicDict: 768,
  made: 1024,
  madeDict: 1920,
};
const FROZEN = 2240;
const TEXT = 2480;

/** Of a heap of one page. @param textSize - bytes of a string without its characters */
function finder(textSize: number): CauseFinder {
  const text = type(6, "str", textSize);
  const page = Buffer.alloc(PAGE);
  const put = (offset: number, ...words: readonly number[]): void => {
    for (const [index, word] of words.entries()) page.writeBigUInt64LE(BigInt(word), offset + index * 8);
  };
  put(AT.module, 1, MODULE.address, BASE + AT.names);
  put(AT.names, 1, DICT.address);
  // Entries of the small table: hash, key, value.
  for (const [entry, at] of [AT.thing, AT.classic, AT.made, FROZEN, TEXT].entries())
    put(AT.names + 56 + entry * 24, 1, 0, BASE + at);
  put(AT.thing, 1, THING.address, BASE + AT.thingDict);
  put(AT.thingDict, 1, DICT.address);
  put(AT.classic, 1, CLASSOBJ.address, 0, BASE + AT.classicDict);
  put(AT.classicDict, 1, DICT.address);
  put(AT.made, 1, META.address);
  put(AT.made + 264, BASE + AT.madeDict);
  put(AT.madeDict, 1, DICT.address);
  put(FROZEN, 1, FROZENSET.address);
  put(TEXT, 1, text.address);
  const made = { ...type(0, "app:Made", 16), address: BASE + AT.made };
  const map: ObjectMap = {
    python: "2.7.18",
    runtime: 0,
    thread: 0,
    modules: [["app", BASE]],
    types: [MODULE, DICT, META, CLASSOBJ, THING, FROZENSET, text, made],
    files: [],
    symbols: [],
  };
  const segments = [{ start: BASE, end: BASE + PAGE, offset: 0, name: "/usr/bin/python2" }];
  const heap = new Heap(new Snapshot([BASE / PAGE], page, segments), map);
  reach(heap);
  return new CauseFinder(heap);
}

/** What a write at an offset of the page is blamed on; nothing else has changed. */
function blamed(offset: number, textSize = 37): string {
  const { cause, type: name } = finder(textSize).find(BASE + offset, { get: () => undefined });
  return `${cause}, ${name}`;
}

describe("a heap of Python 2.7", () => {
  const VALUE = 56 + 16;

  it("has attributes of instances in dicts of their own", () => {
    expect(blamed(AT.thingDict + VALUE)).toBe("object field, app:Thing");
  });

  it.each([
    ["a module", AT.names],
    ["a class of the old style", AT.classicDict],
    ["a class whose class is not type, as models of Django", AT.madeDict],
  ])("has names of %s in a container", (_, dict) => {
    expect(blamed(dict + VALUE)).toBe("container storage, dict");
  });

  it("fills hashes of frozen sets when somebody asks", () => {
    expect(blamed(FROZEN + 184)).toBe("lazily filled field, frozenset");
  });

  it.each([
    ["without the pointer to characters", 37, 32],
    ["with it", 45, 40],
  ])("interns strings when they name something, %s", (_, size, state) => {
    expect(blamed(TEXT + state, size)).toBe("lazily filled field, str");
    expect(blamed(TEXT + 24, size)).toBe("lazily filled field, str");
  });
});
