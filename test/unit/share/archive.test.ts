import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { readArchive } from "../../../src/share/archive.js";
import { archiveEntries } from "../../../src/share/layout.js";
import { bytesBlob } from "../../../src/system/blobs.js";
import { sha256 } from "../../../src/system/hash.js";
import { packTar, type TarEntry } from "../../../src/system/tar.js";
import { bytesOf, collect, smallBundle } from "./bundle.js";

const folder = mkdtempSync(join(tmpdir(), "majek-archive-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "lab.tar");

const shared = await collect(smallBundle());
const inputs = ["deb one", "wheel two"].map((text) => bytesBlob("application/octet-stream", text));
const entries = archiveEntries({ ...shared, inputs });
const whole = await buffer(packTar(entries));

async function reading(bytes: Uint8Array): Promise<unknown> {
  await writeFile(file, bytes);
  return readArchive(file);
}
const packed = async (changed: readonly TarEntry[]): Promise<Buffer> => buffer(packTar(changed));
async function refused(bytes: Uint8Array): Promise<void> {
  const message = expect.stringContaining("nothing was imported");
  await expect(reading(bytes)).rejects.toMatchObject({ code: "input", message });
}

const text = (name: string, content: string): TarEntry => ({ type: "file", name, mode: 0o644, content });
const placeOf = (name: string): number => entries.findIndex((entry) => entry.name === name);

describe("an archive", () => {
  it("has the same bytes each time", async () => {
    expect(sha256(await packed(archiveEntries({ ...shared, inputs: inputs.toReversed() })))).toBe(sha256(whole));
  });

  it("is read back, whole", async () => {
    await writeFile(file, whole);
    const seen: number[] = [];
    const lab = await readArchive(file, { onProgress: (done, all) => void seen.push(done / all) });
    expect(seen.at(-1)).toBe(1);
    expect(lab.name).toBe("small");
    expect(lab.bundle.index.digest).toBe(shared.bundle.index.digest);
    expect(await Promise.all(lab.inputs.map(async (blob) => (await bytesOf(blob)).toString()))).toEqual(
      inputs.map(({ digest }) => (digest === inputs[0]?.digest ? "deb one" : "wheel two")).sort(byDigest),
    );
    for (const blob of lab.bundle.blobs) expect(`sha256:${sha256(await bytesOf(blob))}`).toBe(blob.digest);
  });

  it("lists the sha256 of every file that it holds", async () => {
    const sums = entries[placeOf("SHA256SUMS")];
    if (sums === undefined || !("open" in sums)) throw new Error("no sums");
    const lines = (await buffer(sums.open())).toString().trimEnd().split("\n");
    const files = entries.filter(({ type, name }) => type === "file" && name !== "SHA256SUMS");
    expect(lines.map((line) => line.slice(66))).toEqual(files.map(({ name }) => name));
    for (const [place, entry] of files.entries()) {
      if (!("open" in entry)) throw new Error("no content");
      expect(lines[place]?.slice(0, 64)).toBe(sha256(await buffer(entry.open())));
    }
  });
});

function byDigest(a: string, b: string): number {
  return sha256(a) < sha256(b) ? -1 : 1;
}

describe("an archive is refused", () => {
  it("with one bit of it flipped, wherever it is", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: whole.length - 1 }),
        fc.integer({ min: 0, max: 7 }),
        async (at, bit) => {
          const bytes = Buffer.from(whole);
          bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
          await refused(bytes);
        },
      ),
      { numRuns: 200, verbose: 1 },
    );
  });

  it("cut off, wherever it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), (length) => refused(whole.subarray(0, length))),
      { numRuns: 50, verbose: 1 },
    );
  });

  it("with bytes behind its end", async () => {
    await refused(Buffer.concat([whole, Buffer.from("x")]));
    await refused(Buffer.concat([whole, Buffer.alloc(512)]));
    await refused(Buffer.concat([whole, whole]));
  });

  it("with a file too many, anywhere", async () => {
    for (let place = 0; place <= entries.length; place += 1) {
      await refused(await packed(entries.toSpliced(place, 0, text("more", "x"))));
      const content = "a blob that nothing mentions";
      await refused(await packed(entries.toSpliced(place, 0, text(`blobs/sha256/${sha256(content)}`, content))));
    }
  });

  it("with a file too few, twice, or in another place", async () => {
    for (const [place, entry] of entries.entries()) {
      // Without inputs it is an archive too, if the list of sums agrees; it does not.
      await refused(await packed(entries.toSpliced(place, 1)));
      await refused(await packed(entries.toSpliced(place, 0, entry)));
      await refused(await packed([entry, ...entries.toSpliced(place, 1)].toSpliced(0, place === 0 ? 1 : 0)));
    }
  });

  it("with names that lead elsewhere, links and devices", async () => {
    for (const name of ["../up", "/etc/passwd", "blobs/sha256/../../../up", "blobs/sha256/zz"]) {
      await refused(await packed([...entries, text(name, "x")]));
      await refused(await packed([text(name, "x"), ...entries]));
    }
    for (const flag of ["1", "2", "3", "4", "5", "6", "7", "x", "g", "S"]) {
      const bytes = Buffer.from(whole);
      bytes.write(flag, 156, "latin1");
      // A checksum that agrees: what is refused is the type.
      bytes.fill(" ", 148, 156);
      const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
      bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
      await refused(bytes);
    }
  });

  it("when it is something else", async () => {
    await refused(Buffer.alloc(0));
    await refused(Buffer.alloc(1024));
    await refused(Buffer.alloc(10_240));
    await refused(await readFile(import.meta.filename));
    await expect(readArchive(folder)).rejects.toMatchObject({ code: "input" });
    await expect(readArchive(join(folder, "none"))).rejects.toMatchObject({ code: "usage" });
  });
});
