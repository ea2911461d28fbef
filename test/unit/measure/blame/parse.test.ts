import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseChanges } from "../../../../src/measure/blame/capture.js";
import { lineAt } from "../../../../src/measure/blame/lines.js";
import { parseObjectMap } from "../../../../src/measure/blame/object-map.js";

interface Written {
  readonly page: number;
  readonly words: readonly number[];
  readonly values: readonly number[];
}

/** As the probe writes it (guest/probe/README.md). */
function record({ page, words, values }: Written): Buffer {
  const bytes = Buffer.alloc(72 + words.length * 8);
  bytes.writeUInt32LE(page, 0);
  bytes.writeUInt32LE(words.length, 4);
  words.forEach((word, index) => {
    bytes.writeUInt8(bytes.readUInt8(8 + (word >> 3)) | (1 << (word & 7)), 8 + (word >> 3));
    bytes.writeBigUInt64LE(BigInt(values[index] ?? 0), 72 + index * 8);
  });
  return bytes;
}

const written = fc
  .record({
    page: fc.nat(2 ** 31),
    words: fc.uniqueArray(fc.nat(511), { maxLength: 512 }).map((words) => words.sort((a, b) => a - b)),
  })
  .chain(({ page, words }) =>
    fc
      .array(fc.maxSafeNat(), { minLength: words.length, maxLength: words.length })
      .map((values): Written => ({ page, words, values })),
  );

describe("parseChanges", () => {
  it("reads back what the probe writes", () => {
    fc.assert(
      fc.property(fc.array(written, { maxLength: 8 }), (records) => {
        expect(parseChanges(Buffer.concat(records.map(record)))).toEqual(records);
      }),
    );
  });

  it("refuses what ends within a record", () => {
    const whole = record({ page: 3, words: [0, 511], values: [1, 2] });
    for (let length = 1; length < whole.length; length += 1) {
      expect(() => parseChanges(whole.subarray(0, length)), String(length)).toThrow(RangeError);
    }
  });

  it("refuses a bitmap that does not fit its number of words", () => {
    const wrong = record({ page: 3, words: [5], values: [1] });
    wrong.writeUInt32LE(2, 4);
    expect(() => parseChanges(wrong)).toThrow(RangeError);
  });
});

describe("lineAt", () => {
  /** `def f(): ...` as CPython 3.13.5 compiles it: see the comment of each entry. */
  const table = [
    0x80 | (13 << 3) | 0, // one unit, no columns, line + 0
    0,
    0x80 | (11 << 3) | 2, // three units, one line further
    4,
    9,
    0x80 | (14 << 3) | 1, // two units, long, 70 lines further: 140 in zigzag, two groups of six bits
    0x40 | (140 & 63),
    140 >> 6,
    0,
    1,
    1,
    0x80 | (3 << 3) | 0, // one unit, short: the same line
    0x15,
    0x80 | (13 << 3) | 7, // eight units, 71 lines back: 143
    0x40 | (143 & 63),
    143 >> 6,
    0x80 | (15 << 3) | 0, // one unit without a place
  ];

  it.each([
    [0, 10],
    [2, 11],
    [6, 11],
    [8, 81],
    [11, 81],
    [12, 81],
    [14, 10],
    [28, 10],
    [30, 10],
  ])("finds the line of offset %i", (offset, line) => {
    expect(lineAt(Uint8Array.from(table), 10, offset)).toBe(line);
  });

  it("ends on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(200), (bytes, offset) => {
        expect(Number.isInteger(lineAt(bytes, 1, offset))).toBe(true);
      }),
    );
  });
});

describe("parseObjectMap", () => {
  const map = {
    format: 1,
    python: [3, 13, 5],
    runtime: 4096,
    thread: 8192,
    modules: [["sys", 8192]],
    types: [[64, "object", 16, 0, 5378, 0, 0, {}]],
    files: [["/opt/python/bin/python3.13", 4096, 8192]],
    symbols: [
      [8, 8, "later"],
      [0, 8, "first"],
    ],
  };

  it("puts variables in the order of their addresses", () => {
    expect(parseObjectMap(JSON.stringify(map)).symbols.map(({ name }) => name)).toEqual(["first", "later"]);
  });

  it.each([
    ["is empty", ""],
    ["is of another format", JSON.stringify({ ...map, format: 2 })],
    ["lacks its types", JSON.stringify({ ...map, types: undefined })],
    ["has an address that is none", JSON.stringify({ ...map, runtime: -1 })],
  ])("says that it does not fit where it %s", (_, text) => {
    expect(() => parseObjectMap(text)).toThrow("the object map of the fleet does not fit its format");
  });
});
