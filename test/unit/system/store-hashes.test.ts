import { mkdtempSync, rmSync, utimesSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { sha256, sha256File } from "../../../src/system/hash.js";
import { Store } from "../../../src/system/store.js";

vi.mock("../../../src/system/hash.js", { spy: true });

const text = "an input\n";
const hash = sha256(text);
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "store-hashes-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Reads that a process needs of an entry which was last used long ago, when it uses it three times. */
async function reads(path: string, use: (store: Store) => Promise<unknown>): Promise<number> {
  utimesSync(path, 1e9, 1e9);
  const next = new Store(folder, []);
  vi.mocked(sha256File).mockClear();
  for (let n = 0; n < 3; n += 1) expect(await use(next)).toBeDefined();
  return vi.mocked(sha256File).mock.calls.length;
}

it("reads each entry once, although its first use changes its time", async () => {
  const store = new Store(folder, []);
  const input = await store.put(Readable.from([text]), { sha256: hash, size: text.length, name: "input.txt" });
  expect(await reads(input, (next) => next.find(hash, "input.txt"))).toBe(1);
  const { path } = await store.putDerived("tree", (target) => writeFile(target, "tree"));
  expect(await reads(path, (next) => next.derived("tree"))).toBe(1);
});

it("reads an entry again that could not be read", async () => {
  const store = new Store(folder, []);
  await store.put(Readable.from([text]), { sha256: hash, size: text.length, name: "input.txt" });
  vi.mocked(sha256File).mockRejectedValueOnce(new Error("EIO"));
  await expect(store.find(hash, "input.txt")).rejects.toThrow("EIO");
  expect(await store.find(hash, "input.txt")).toBeDefined();
});
