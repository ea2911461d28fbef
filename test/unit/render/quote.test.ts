import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labDockerfile } from "../../../src/render/lab.js";
import { dockerCommand, dockerValue, shellWord } from "../../../src/render/quote.js";
import { templates } from "./fixtures.js";

describe("quoting", () => {
  it.each([
    ["plain", '"plain"'],
    ['a "b"', '"a \\"b\\""'],
    ["$HOME $1", '"\\$HOME \\$1"'],
    ["back\\slash", '"back\\\\slash"'],
    ["", '""'],
  ])("ENV value %j becomes %s", (value, quoted) => {
    expect(dockerValue(value, "X")).toBe(quoted);
  });

  it.each(["a\nUSER root", "a\rb", "a\0b", "a\u2028b", "\u001b[2J"])("refuses %j everywhere", (value) => {
    for (const quote of [dockerValue, shellWord]) {
      expect(() => quote(value, "title")).toThrow(expect.objectContaining({ code: "lab" }));
    }
    expect(() => dockerCommand([value])).toThrow(expect.objectContaining({ code: "lab" }));
  });

  it("gives the shell back every word as it was", () => {
    const word = fc.string({ unit: "grapheme", maxLength: 40 }).filter((text) => !/\p{Cc}|\u2028|\u2029/u.test(text));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), (words) => {
        const script = `printf '%s\\0' ${words.map((one) => shellWord(one, "word")).join(" ")}`;
        return execFileSync("sh", ["-c", script]).toString("utf8") === words.map((one) => `${one}\0`).join("");
      }),
      { numRuns: 40 },
    );
  });

  it("keeps a hostile script name one word of one instruction", () => {
    const text = labDockerfile(templates(), {
      lab: "x",
      python2: false,
      prepare: 'a\'; touch $HOME/"b".py',
      settings: null,
      steps: [],
      env: {},
      fixture: null,
      sourceDistributions: false,
    });
    expect(text).toContain(`'a'\\''; touch $HOME/"b".py'`);
  });
});
