import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseChecksums, parseControl, parseSimulation } from "../../../src/lock/control.js";

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/);
const value = fc.stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/);
const folded = fc.array(fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/), { minLength: 0, maxLength: 4 });
const field = fc.tuple(name, value, folded);
const paragraph = fc.uniqueArray(field, { selector: ([key]) => key.toLowerCase(), minLength: 1, maxLength: 6 });

describe("parseControl", () => {
  it("reads back whatever is written", () => {
    fc.assert(
      fc.property(fc.array(paragraph, { maxLength: 5 }), fc.constantFrom("\n", "\n\n", "\n \n"), (paragraphs, gap) => {
        const text = paragraphs
          .map((fields) =>
            fields
              .map(([key, first, more]) => [`${key}: ${first}`, ...more.map((line) => ` ${line}`)].join("\n"))
              .join("\n"),
          )
          .join(`\n${gap}`);
        const expected = paragraphs.map((fields) =>
          fields.map(([key, first, more]) => [key.toLowerCase(), [first, ...more].join("\n")]),
        );
        expect(parseControl(text).map((stanza) => [...stanza])).toEqual(expected);
      }),
    );
  });

  it("never throws, whatever it is given", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("\n", " ", "\t", ":", "-", "a", "\r", "\u00e9", "\0") }),
        (text) => void parseControl(text),
      ),
    );
  });

  it("skips warnings between paragraphs", () => {
    const stanzas = parseControl(
      "W: something\nPackage: a\nVersion: 1\n\nN: note without a colon-less end\n\nPackage: b\n",
    );
    expect(stanzas.map((stanza) => stanza.get("package")).filter(Boolean)).toEqual(["a", "b"]);
  });
});

describe("parseSimulation", () => {
  it("takes names and versions of what would be installed, in order", () => {
    const output = [
      "Reading package lists...",
      "Inst gcc-14-base (14.2.0-19 Debian:13.8/stable [amd64])",
      "Inst libc6 (2.41-12+deb13u5 Debian:13.8/stable [amd64]) []",
      "Inst zlib1g:amd64 [1:1.2] (1:1.3.dfsg+really1.3.1-1 Debian:13.8/stable [amd64])",
      "Conf libc6 (2.41-12+deb13u5 Debian:13.8/stable [amd64])",
    ];
    expect(parseSimulation(output.join("\n"))).toEqual([
      { name: "gcc-14-base", version: "14.2.0-19" },
      { name: "libc6", version: "2.41-12+deb13u5" },
      { name: "zlib1g", version: "1:1.3.dfsg+really1.3.1-1" },
    ]);
  });

  it("reads back whatever apt would print", () => {
    const selected = fc.record({
      name: fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,20}$/),
      version: fc.stringMatching(/^([0-9]:)?[0-9][A-Za-z0-9.+~-]{0,15}$/),
    });
    fc.assert(
      fc.property(fc.array(selected), (packages) => {
        const output = packages.map((one) => `Inst ${one.name} (${one.version} Debian:13/stable [all])`).join("\n");
        expect(parseSimulation(output)).toEqual(packages);
      }),
    );
  });
});

describe("parseChecksums", () => {
  it("takes complete lines only", () => {
    const hash = "a".repeat(64);
    expect(parseChecksums(`\n${hash} 12 a_1.orig.tar.xz\nshort 1 x\n${hash} 3 a_1.dsc`)).toEqual([
      { hash, size: 12, file: "a_1.orig.tar.xz" },
      { hash, size: 3, file: "a_1.dsc" },
    ]);
  });
});
