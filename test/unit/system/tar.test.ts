import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packTar, readTar, type TarEntry } from "../../../src/system/tar.js";

async function readAll(archive: Buffer): Promise<[string, string][]> {
  const found: [string, string][] = [];
  await readTar(Readable.from([archive]), async (header, content) => {
    found.push([header.name, (await buffer(content)).toString("hex")]);
  });
  return found;
}

const entries = fc.uniqueArray(
  fc.record({ name: fc.stringMatching(/^[a-z]{1,120}$/), content: fc.uint8Array({ maxLength: 2000 }) }),
  { selector: ({ name }) => name, maxLength: 8 },
);

describe("packTar and readTar", () => {
  it("give back what went in, with the same bytes each time", async () => {
    await fc.assert(
      fc.asyncProperty(entries, async (files) => {
        const list: TarEntry[] = files.map((file) => ({ type: "file", mode: 0o644, ...file }));
        const first = await buffer(packTar(list));
        expect(first.equals(await buffer(packTar(list)))).toBe(true);
        expect(await readAll(first)).toEqual(
          files.map(({ name, content }) => [name, Buffer.from(content).toString("hex")]),
        );
      }),
      { numRuns: 50 },
    );
  });

  it("rejects a cut archive", async () => {
    const whole = await buffer(packTar([{ type: "file", name: "a", mode: 0o644, content: "x".repeat(5000) }]));
    await expect(readAll(whole.subarray(0, 2000))).rejects.toThrow();
  });

  it("fails when a file cannot be read", async () => {
    await expect(
      buffer(packTar([{ type: "file", name: "a", mode: 0o644, path: "/nonexistent/file" }])),
    ).rejects.toThrow("ENOENT");
  });
});
