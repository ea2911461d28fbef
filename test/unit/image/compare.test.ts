import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { pack } from "tar-stream";
import { afterAll, describe, expect, it } from "vitest";
import { archiveMembers, elfSections, explainContent } from "../../../src/image/compare-content.js";
import { compareLayers } from "../../../src/image/compare-layers.js";
import { otherConditions, underConditions } from "../../../src/image/conditions.js";

const folder = mkdtempSync(join(tmpdir(), "majek-compare-"));
afterAll(() => rmSync(folder, { recursive: true }));

function arMember(name: string, content: string, time = "0"): string {
  const header = `${name.padEnd(16)}${time.padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"644".padEnd(8)}`;
  return `${header}${String(content.length).padEnd(10)}\`\n${content}${content.length % 2 ? "\n" : ""}`;
}
const ar = (...members: string[]): Buffer => Buffer.from(`!<arch>\n${members.join("")}`, "latin1");

/** A program that every machine with Node has, in 64-bit ELF. */
const elf = readFileSync(process.execPath);

describe("explainContent", () => {
  it("names the section of a program", () => {
    const section = elfSections(elf)?.find(({ name }) => name === ".rodata");
    if (section === undefined) throw new Error("no .rodata");
    const other = Buffer.from(elf);
    const at = section.content.byteOffset - elf.byteOffset + 100;
    other[at] = (other[at] ?? 0) ^ 1;
    const said = explainContent("opt/python/bin/python3", elf, other);
    expect(said).toEqual([expect.stringMatching(/^\.rodata from byte 100: [0-9a-f]+ and [0-9a-f]+$/)]);
  });

  it("names the member of a static archive, and its header", () => {
    const one = ar(arMember("a.o/", "alpha"), arMember("b.o/", "beta"));
    expect(explainContent("lib.a", one, ar(arMember("a.o/", "alphA"), arMember("b.o/", "beta")))).toEqual([
      "member a.o/ from byte 4: 61 and 41",
    ]);
    const [line] = explainContent("lib.a", one, ar(arMember("a.o/", "alpha"), arMember("b.o/", "beta", "99")));
    expect(line).toMatch(/^header of member b\.o\/ from byte 16: /);
    expect(explainContent("lib.a", one, ar(arMember("a.o/", "alpha")))).toContain("member b.o/ only in the first");
  });

  it("tells the fields of byte code", () => {
    const one = Buffer.alloc(40, 7);
    one.writeUInt32LE(0x0a0d_0df3, 0);
    const change = (at: number): string[] => {
      const other = Buffer.from(one);
      other[at] = 1;
      return explainContent("lib/__pycache__/os.cpython-313.pyc", one, other);
    };
    expect(change(4)[0]).toMatch(/^flags /);
    expect(change(9)[0]).toMatch(/^hash or time of the source /);
    expect(change(20)[0]).toMatch(/^code from byte 4: /);
  });

  it("shows the first line of text that differs, and the first byte of what is no text", () => {
    expect(explainContent("a.py", Buffer.from("x\ny\n"), Buffer.from("x\nz\n"))).toEqual(['line 2: "y" and "z"']);
    expect(explainContent("a", Buffer.from([0, 1]), Buffer.from([0]))).toEqual(["from byte 1: 01 and (end)"]);
  });

  it("finds a difference in whatever differs, and never fails on damaged files", () => {
    const damaged = fc.constantFrom(elf.subarray(0, 4096), ar(arMember("a/", "x")), Buffer.from("text\n"));
    const cut = fc.tuple(damaged, fc.nat(4096), fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(cut, cut, ([a, m, x], [b, n, y]) => {
        const one = Buffer.concat([a.subarray(0, m), x]);
        const other = Buffer.concat([b.subarray(0, n), y]);
        fc.pre(!one.equals(other));
        expect(explainContent("x", one, other).length).toBeGreaterThan(0);
        expect(() => [elfSections(one), archiveMembers(one)]).not.toThrow();
      }),
    );
  });
});

interface File {
  readonly name: string;
  readonly content?: string;
  readonly mode?: number;
  readonly time?: number;
}

async function tar(name: string, files: readonly File[]): Promise<string> {
  const archive = pack();
  for (const { name: path, content = "", mode = 0o644, time = 0 } of files) {
    archive.entry({ name: path, mode, mtime: new Date(time * 1000) }, content);
  }
  archive.finalize();
  const path = join(folder, name);
  await writeFile(path, await buffer(archive));
  return path;
}

describe("compareLayers", () => {
  it("names file and field of each difference", async () => {
    const one = await tar("one.tar", [{ name: "a" }, { name: "b", content: "x\n" }, { name: "c" }, { name: "only" }]);
    const other = await tar("other.tar", [
      { name: "a", mode: 0o755 },
      { name: "b", content: "y\n" },
      { name: "c", time: 60 },
    ]);
    expect(await compareLayers(one, other)).toEqual([
      "a: mode 644 and 755",
      'b: line 1: "x" and "y"',
      "c: time 1970-01-01T00:00:00.000Z and 1970-01-01T00:01:00.000Z",
      "only: only in the first build",
    ]);
  });

  it("says nothing of equal layers, and tells another order", async () => {
    const files = [{ name: "a" }, { name: "b" }];
    const [one, same] = [await tar("one.tar", files), await tar("same.tar", files)];
    expect(await compareLayers(one, same)).toEqual([]);
    const moved = await tar("moved.tar", files.toReversed());
    expect((await compareLayers(one, moved))[0]).toBe("a: at another place in the archive");
  });
});

describe("underConditions", () => {
  it("changes each RUN step and nothing else", () => {
    const text = "FROM scratch\nENV RUN=1\nRUN set -eu; make \\\n    install\nRUN true\n";
    expect(underConditions(text, otherConditions(2))).toBe(
      text.replaceAll(/^RUN /gm, "RUN umask 077; export TZ=XXX-13:45 OMP_NUM_THREADS=3; "),
    );
  });
});
