import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { type Header, pack } from "tar-stream";
import { afterAll, describe, expect, it } from "vitest";
import { normaliseTree } from "../../../src/image/normalise.js";
import { SOURCE_DATE_EPOCH } from "../../../src/model/guest.js";
import { sha256 } from "../../../src/system/hash.js";
import { readTar } from "../../../src/system/tar.js";

const folder = mkdtempSync(join(tmpdir(), "majek-normalise-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Entry = Partial<Header> & { name: string; content?: string };

async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content, ...header } of entries) archive.entry(header, Buffer.from(content ?? ""));
  archive.finalize();
  return buffer(archive);
}

const output = join(folder, "tree.tar");

async function normalised(entries: readonly Entry[], tree = "/opt/python"): Promise<Buffer> {
  await normaliseTree(Readable.from([await tarOf(entries)]), tree, output);
  return readFileSync(output);
}

interface Read extends Header {
  readonly content: string;
}

async function read(tar: Buffer): Promise<Read[]> {
  const found: Read[] = [];
  await readTar(Readable.from([tar]), async (header, content) => {
    found.push({ ...header, content: (await buffer(content)).toString() });
  });
  return found;
}

const TREE: readonly Entry[] = [
  { name: "python/", type: "directory", mode: 0o700 },
  { name: "python/bin/", type: "directory", mode: 0o755 },
  { name: "python/bin/python3.13", type: "file", mode: 0o775, uid: 1000, uname: "me", content: "#!elf" },
  { name: "python/bin/python3", type: "symlink", linkname: "python3.13" },
  { name: "python/bin/a-link", type: "link", linkname: "python/bin/python3.13", mode: 0o775 },
  { name: "python/empty", type: "file", mode: 0o600, content: "" },
];

describe("normaliseTree", () => {
  it("writes sorted entries with full names, fixed owners, times and modes", async () => {
    const entries = await read(await normalised(TREE));
    expect(entries.map(({ name, type, mode, linkname }) => [name, type, mode.toString(8), linkname])).toEqual([
      ["opt/", "directory", "755", null],
      ["opt/python/", "directory", "755", null],
      ["opt/python/bin/", "directory", "755", null],
      ["opt/python/bin/a-link", "file", "755", null],
      ["opt/python/bin/python3", "symlink", "777", "python3.13"],
      ["opt/python/bin/python3.13", "link", "755", "opt/python/bin/a-link"],
      ["opt/python/empty", "file", "644", null],
    ]);
    for (const { uid, gid, uname, gname, mtime } of entries) {
      expect([uid, gid, uname, gname, mtime.getTime()]).toEqual([0, 0, "", "", SOURCE_DATE_EPOCH * 1000]);
    }
    expect(entries.find(({ name }) => name.endsWith("a-link"))?.content).toBe("#!elf");
  });

  it("keeps its bytes: a change of this digest changes every image", async () => {
    expect(sha256(await normalised(TREE))).toMatchInlineSnapshot(
      `"38b612847fcfb20ca1cdeacd22e406a10fbc69b47a07e14c882d64ea50094eaa"`,
    );
  });

  it("depends on nothing but paths, contents and execute bits", async () => {
    const expected = sha256(await normalised(TREE));
    const links = ["a", "m", "z"].map((name) => `python/bin/${name}`);
    const hardLinked = async (first: number, order: readonly number[]) => {
      const names = links.map((name, index) => ({ name, index }));
      const file: Entry = { name: links[first] ?? "", type: "file", mode: 0o644, content: "x" };
      const others = order.filter((index) => index !== first).map((index) => names[index]?.name ?? "");
      return normalised([
        { name: "python/", type: "directory" },
        { name: "python/bin/", type: "directory" },
        file,
        ...others.map((name): Entry => ({ name, type: "link", linkname: file.name })),
      ]);
    };
    const reference = sha256(await hardLinked(0, [0, 1, 2]));
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(TREE.slice(1) as Entry[], { minLength: TREE.length - 1 }),
        fc.record({
          uid: fc.nat(70_000),
          gid: fc.nat(70_000),
          mtime: fc.date({ min: new Date(1), max: new Date(2e12), noInvalidDate: true }),
        }),
        fc.nat(2),
        fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
        async (shuffled, noise, first, order) => {
          const root = { ...(TREE[0] as Entry), ...noise };
          expect(sha256(await normalised([root, ...shuffled.map((entry) => ({ ...entry, ...noise }))]))).toBe(expected);
          expect(sha256(await hardLinked(first, order))).toBe(reference);
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each(["python", "./", "/", "python/"])("takes an archive whose root is called %s", async (root) => {
    const prefix = root.startsWith("p") ? "python/" : root;
    const tar = await normalised([
      { name: root, type: "directory" },
      { name: `${prefix}python`, type: "file", content: "x" },
    ]);
    expect((await read(tar)).map(({ name }) => name)).toEqual(["opt/", "opt/python/", "opt/python/python"]);
  });

  it("keeps names and targets that are longer than a plain tar header takes", async () => {
    const long = "d".repeat(90);
    const tar = await normalised([
      { name: "python/", type: "directory" },
      { name: `python/${long}/${long}/${long}`, type: "file", content: "x" },
      { name: "python/ünï", type: "symlink", linkname: `${long}/${long}` },
    ]);
    expect((await read(tar)).slice(2).map(({ name, linkname }) => [name, linkname])).toEqual([
      [`opt/python/${long}/${long}/${long}`, null],
      ["opt/python/ünï", `${long}/${long}`],
    ]);
  });

  it.each<[string, Entry]>([
    ["setuid", { name: "python/su", type: "file", mode: 0o4755, content: "x" }],
    ["sticky", { name: "python/tmp/", type: "directory", mode: 0o1777 }],
    ["character-device", { name: "python/null", type: "character-device" }],
    ["fifo", { name: "python/pipe", type: "fifo" }],
    ["extended attributes", { name: "python/ping", type: "file", pax: { "SCHILY.xattr.security.capability": "x" } }],
    ["outside", { name: "python/../../etc/passwd", type: "file", content: "x" }],
    ["outside its root", { name: "etc/passwd", type: "file", content: "x" }],
    ["hard link to nothing", { name: "python/x", type: "link", linkname: "python/gone" }],
    ["whiteout", { name: "python/.wh.bin", type: "file" }],
    ["two entries", { name: "python/", type: "directory" }],
  ])("refuses %s", async (why, entry) => {
    const made = normalised([{ name: "python/", type: "directory" }, entry]);
    await expect(made).rejects.toMatchObject({ code: "build", message: expect.stringContaining(why) });
    expect(existsSync(`${output}.spool`)).toBe(false);
  });

  it("notices an archive that was cut, even between two entries", async () => {
    const whole = await tarOf(TREE);
    for (const length of [512, 1536, whole.length - 1024, whole.length - 700]) {
      const cut = normaliseTree(Readable.from([whole.subarray(0, length)]), "/opt/python", output);
      await expect(cut, `cut at ${length}`).rejects.toMatchObject({
        code: "engine",
        message: expect.stringContaining("only a part"),
      });
    }
  });

  it("does not wait for ever for a source that closes without a word", async () => {
    const source = new PassThrough();
    source.write((await tarOf(TREE)).subarray(0, 700));
    setTimeout(() => source.destroy(), 20);
    await expect(normaliseTree(source, "/opt/python", output)).rejects.toMatchObject({ code: "engine" });
  });

  it("refuses names and targets that are not UTF-8, instead of changing them", async () => {
    const name: Entry = { name: "python/caf#", type: "file", content: "x" };
    const target: Entry = { name: "python/link", type: "symlink", linkname: "caf#" };
    for (const entry of [name, target]) {
      const tar = await tarOf([{ name: "python/", type: "directory" }, entry]);
      const header = tar.subarray(512, 1024);
      header[header.indexOf("#")] = 0xe9;
      header.fill(" ", 148, 156);
      const sum = header.reduce((one, byte) => one + byte, 0);
      header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
      await expect(normaliseTree(Readable.from([tar]), "/opt/python", output)).rejects.toMatchObject({ code: "build" });
    }
  });

  it("fails with the reason when the source fails", async () => {
    const whole = await tarOf(TREE);
    const failing = Readable.from(
      (async function* () {
        yield whole.subarray(0, 700);
        throw new Error("engine died");
      })(),
    );
    await expect(normaliseTree(failing, "/opt/python", output)).rejects.toThrow("engine died");
    expect(existsSync(`${output}.spool`)).toBe(false);
  });
});
