import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { type Header, pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { normaliseTree } from "../../../src/image/normalise.js";
import { readTar } from "../../../src/system/tar.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "normalise-"));
});
afterAll(() => rm(folder, { recursive: true }));

type Entry = Partial<Header> & { name: string; content?: string };

function tarOf(entries: readonly Entry[]): Readable {
  const archive = pack();
  for (const { content, ...header } of entries) archive.entry(header, Buffer.from(content ?? ""));
  archive.finalize();
  return Readable.from(archive);
}

async function normalised(entries: readonly Entry[]): Promise<Buffer> {
  const output = join(folder, "out.tar");
  await normaliseTree(tarOf(entries), "/opt/python", output);
  return readFile(output);
}

async function listed(archive: Buffer): Promise<string[]> {
  const lines: string[] = [];
  await readTar(Readable.from([archive]), async (header, content) => {
    const body = (await buffer(content)).toString();
    lines.push(`${header.type} ${header.mode?.toString(8)} ${header.name} ${header.linkname ?? ""} ${body}`.trim());
  });
  return lines;
}

const TREE: readonly Entry[] = [
  { name: "python/", type: "directory", mode: 0o700 },
  { name: "python/bin/", type: "directory", mode: 0o755 },
  { name: "python/bin/python3.13", mode: 0o775, content: "elf", uid: 1000, mtime: new Date() },
  { name: "python/bin/python3-copy", type: "link", linkname: "python/bin/python3.13" },
  { name: "python/bin/python3", type: "symlink", linkname: "python3.13" },
  { name: "python/lib.py", mode: 0o600, content: "x = 1\n", mtime: new Date(0) },
];

describe("normaliseTree", () => {
  it("gives full names, fixed modes and the content to the first name of a hard link", async () => {
    expect(await listed(await normalised(TREE))).toEqual([
      "directory 755 opt/",
      "directory 755 opt/python/",
      "directory 755 opt/python/bin/",
      "symlink 777 opt/python/bin/python3 python3.13",
      "file 755 opt/python/bin/python3-copy  elf",
      "link 755 opt/python/bin/python3.13 opt/python/bin/python3-copy",
      "file 644 opt/python/lib.py  x = 1",
    ]);
  });

  it("does not depend on order, owner or time", async () => {
    const expected = await normalised(TREE);
    const variation = fc.record({
      order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6, maxLength: 6 }),
      uid: fc.nat(70_000),
      seconds: fc.nat(2_000_000_000),
    });
    await fc.assert(
      fc.asyncProperty(variation, async ({ order, uid, seconds }) => {
        const varied = order.map((index) => ({ ...(TREE[index] as Entry), uid, mtime: new Date(seconds * 1000) }));
        expect((await normalised(varied)).equals(expected)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ["a device", { name: "python/null", type: "character-device" as const }],
    ["a FIFO", { name: "python/fifo", type: "fifo" as const }],
    ["a setuid file", { name: "python/su", mode: 0o4755, content: "" }],
    ["a path outside", { name: "python/../../etc/passwd", content: "" }],
    ["a dangling hard link", { name: "python/x", type: "link" as const, linkname: "python/none" }],
    ["extended attributes", { name: "python/x", content: "", pax: { "SCHILY.xattr.user.a": "b" } } as Entry],
  ])("refuses %s", async (_, entry) => {
    await expect(normalised([...TREE, entry])).rejects.toMatchObject({ code: "build" });
  });
});
