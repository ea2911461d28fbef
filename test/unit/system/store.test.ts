import { execFileSync, spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sha256 } from "../../../src/system/hash.js";
import { ownIdentity } from "../../../src/system/process.js";
import { openStore, Store } from "../../../src/system/store.js";
import { compileStore, ended, killAt, started, storeProcess } from "./store-child.js";

const DAY_MS = 86_400_000;
const text = "an input\n";
const expected = { sha256: sha256(text), size: text.length, name: "input.txt" };

let folder = "";
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "store-"));
  store = openStore({ cacheDir: join(folder, "cache"), inputs: [join(folder, "inputs"), join(folder, "more")] });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const FULL = process.env["MAJEK_LAB_TEST_FULL"] === "1";

/** The n-th of the numbers from 0 to 1 that a seed decides. */
function randomNumber(seed: string, n: number): number {
  return Number.parseInt(sha256(`${seed} ${n}`).slice(0, 8), 16) / 2 ** 32;
}

/** Every file below the cache folder, temporary ones included. */
function filesOf(cache = store.root): string[] {
  return readdirSync(cache, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function age(path: string, milliseconds: number): void {
  const then = new Date(Date.now() - milliseconds);
  utimesSync(path, then, then);
}

describe("inputs", () => {
  it("keeps what has the hash, and finds it again", async () => {
    expect(await store.find(expected.sha256, "input.txt")).toBeUndefined();
    const path = await store.put(Readable.from([Buffer.from("an "), Buffer.from("input\n")]), expected);
    expect(readFileSync(path, "utf8")).toBe(text);
    expect(path).toBe(join(store.root, "sha256", expected.sha256.slice(0, 2), expected.sha256));
    expect(await store.find(expected.sha256, "any name")).toBe(path);
  });

  it("takes inputs of another store, and no trees", async () => {
    const path = await store.put(Readable.from([Buffer.from(text)]), expected);
    await store.putDerived("tree", (target) => writeFile(target, "made before"));
    const again = new Store(join(folder, "again"), [], store);
    expect(await again.find(expected.sha256, "input.txt")).toBe(path);
    expect(await again.derived("tree")).toBeUndefined();
  });

  it("copies a file and leaves it where it is", async () => {
    const file = join(folder, "input.txt");
    writeFileSync(file, text);
    expect(readFileSync(await store.put(file, expected), "utf8")).toBe(text);
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  it("looks on where the first inputs folder has another file of that name, and fails at the end", async () => {
    for (const [name, content] of Object.entries({ inputs: "other", more: text })) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, "input.txt"), content);
    }
    expect(await store.find(expected.sha256, "input.txt")).toBe(join(folder, "more", "input.txt"));
    writeFileSync(join(folder, "more", "input.txt"), "another");
    await expect(store.find(expected.sha256, "input.txt")).rejects.toMatchObject({
      code: "input",
      where: join(folder, "inputs", "input.txt"),
    });
  });

  it("looks into the inputs folders first, by name and hash", async () => {
    mkdirSync(join(folder, "more"));
    writeFileSync(join(folder, "more", "input.txt"), text);
    expect(await store.find(expected.sha256, "input.txt")).toBe(join(folder, "more", "input.txt"));
    expect(await store.find(expected.sha256, "other.txt")).toBeUndefined();
  });

  it("refuses an altered file of an inputs folder", async () => {
    mkdirSync(join(folder, "inputs"));
    writeFileSync(join(folder, "inputs", "input.txt"), "altered");
    await expect(store.find(expected.sha256, "input.txt")).rejects.toMatchObject({
      code: "input",
      where: join(folder, "inputs", "input.txt"),
    });
  });

  it.each([
    ["other content", "an inpuT\n", "sha256"],
    ["less", "an in", "cut off after 5 of 9 bytes"],
    ["more", `${text}more`, "longer than the 9 bytes"],
  ])("keeps nothing of a stream with %s", async (_what, content, message) => {
    await expect(store.put(Readable.from([Buffer.from(content)]), expected)).rejects.toMatchObject({
      code: "input",
      message: expect.stringMatching(new RegExp(`input\\.txt.*${message}`)),
    });
    expect(filesOf()).toEqual([]);
  });

  it("keeps nothing of a stream that breaks", async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from("an ");
        throw new Error("connection reset");
      })(),
    );
    await expect(store.put(broken, expected)).rejects.toMatchObject({
      code: "input",
      message: expect.stringContaining("connection reset"),
    });
    expect(filesOf()).toEqual([]);
  });

  it("drops an entry that was altered on disk instead of handing it out", async () => {
    const path = await store.put(Readable.from([Buffer.from(text)]), expected);
    writeFileSync(path, "an iNput\n");
    expect(await store.find(expected.sha256, "input.txt")).toBeUndefined();
    expect(filesOf()).toEqual([]);
  });

  it("names a folder that cannot be written", async () => {
    writeFileSync(join(folder, "cache"), "a file where the store should be");
    await expect(store.put(Readable.from([Buffer.from(text)]), expected)).rejects.toMatchObject({
      code: "failed",
      where: expect.stringContaining(join(folder, "cache")),
    });
  });
});

describe("derived trees", () => {
  const write = (content: string) => (path: string) => writeFile(path, content);

  it("keeps the first complete tree of a key", async () => {
    expect(await store.derived("base-1")).toBeUndefined();
    const tree = await store.putDerived("base-1", write("tree"));
    expect(tree).toMatchObject({ sha256: sha256("tree"), size: 4 });
    expect(readFileSync(tree.path, "utf8")).toBe("tree");
    expect(await store.putDerived("base-1", write("other"))).toEqual(tree);
    expect(await store.derived("base-1")).toEqual(tree);
  });

  it("keeps nothing when the writer fails", async () => {
    const failing = async (path: string) => {
      await writeFile(path, "half");
      throw new Error("compiler");
    };
    await expect(store.putDerived("base-1", failing)).rejects.toThrow("compiler");
    expect(filesOf()).toEqual([]);
    expect(await store.derived("base-1")).toBeUndefined();
  });

  it("replaces a damaged tree", async () => {
    const { path } = await store.putDerived("base-1", write("tree"));
    writeFileSync(path, "cut");
    expect(await store.derived("base-1")).toBeUndefined();
    expect((await store.putDerived("base-1", write("again"))).size).toBe(5);
  });

  it("refuses keys that are paths", async () => {
    await expect(store.derived("../sha256")).rejects.toThrow("not a store key");
    await expect(store.putDerived("a/b", write("x"))).rejects.toThrow("not a store key");
  });
});

describe("list, prune and verify", () => {
  beforeEach(async () => {
    await store.put(Readable.from([Buffer.from(text)]), expected);
    await store.putDerived("base-1", (path) => writeFile(path, "tree"));
  });

  it("lists both kinds with their sizes", async () => {
    const entries = (await store.list()).map(({ kind, key, size }) => ({ kind, key, size }));
    expect(entries).toEqual([
      { kind: "derived", key: "base-1", size: 4 },
      { kind: "input", key: expected.sha256, size: text.length },
    ]);
  });

  it("prunes what was not used for that long, and a use counts", async () => {
    for (const { path } of await store.list()) age(path, 10 * DAY_MS);
    await store.find(expected.sha256, "input.txt");
    expect(await store.prune({ olderThanDays: 7 })).toEqual({ removed: 1, freedBytes: 4, leftovers: 0 });
    expect((await store.list()).map(({ kind }) => kind)).toEqual(["input"]);
    expect(await store.prune({ all: true })).toMatchObject({ removed: 1, freedBytes: text.length });
    expect(filesOf()).toEqual([]);
  });

  it("sweeps what ended processes left, and nothing of those that run", async () => {
    const { pid = 0 } = spawnSync("true");
    const { startTime } = await ownIdentity();
    const old = [`${pid}-1.half`, `${process.pid}-${(startTime ?? 0) + 1}.half`, `${pid}.half`];
    const used = [`${process.pid}-${startTime}.half`, `${process.pid}.half`];
    for (const name of [...old, ...used]) writeFileSync(join(store.root, "tmp", name), "half");
    expect(await store.prune({ olderThanDays: 7 })).toEqual({ removed: 0, freedBytes: 0, leftovers: old.length });
    expect(readdirSync(join(store.root, "tmp")).sort()).toEqual(used.sort());
  });

  it("reports and removes altered entries of both kinds", async () => {
    expect(await store.verify()).toEqual({ checked: 2, bad: [] });
    for (const { path, size } of await store.list()) writeFileSync(path, "x".repeat(size));
    expect((await store.verify()).bad.map(({ key }) => key)).toEqual(["base-1", expected.sha256]);
    expect(await store.list()).toEqual([]);
  });
});

it("makes a tree again of which a bit has changed, though size and time are the same", async () => {
  const write = (path: string): Promise<void> => writeFile(path, "tree");
  const { path } = await store.putDerived("base-1", write);
  const { atime, mtime } = statSync(path);
  writeFileSync(path, "trae");
  utimesSync(path, atime, mtime);
  const next = openStore({ cacheDir: store.root, inputs: [] });
  expect(await next.derived("base-1")).toBeUndefined();
  await next.putDerived("base-1", write);
  expect(await next.derived("base-1")).toMatchObject({ sha256: sha256("tree") });
  expect(readFileSync(path, "utf8")).toBe("tree");
});

describe("verify", () => {
  it("takes for gone what vanishes meanwhile, and for damaged what lost its tree", async () => {
    await store.put(Readable.from([Buffer.from(text)]), expected);
    for (const key of ["gone", "damaged"]) await store.putDerived(key, (path) => writeFile(path, key));
    const entries = await store.list();
    rmSync(join(store.root, "sha256"), { recursive: true });
    rmSync(join(store.root, "derived", "gone"), { recursive: true });
    rmSync(join(store.root, "derived", "damaged", "tree.tar"));
    vi.spyOn(store, "list").mockResolvedValue(entries);
    const { checked, bad } = await store.verify();
    expect([checked, bad.map(({ key }) => key)]).toEqual([1, ["damaged"]]);
  });
});

describe("several processes", () => {
  const compiled = mkdtempSync(join(tmpdir(), "store-js-"));
  compileStore(compiled);
  afterAll(() => rmSync(compiled, { recursive: true, force: true }));

  it("may write the same entries at once", async () => {
    const statements = `
      const data = Buffer.alloc(300_000, "x");
      for (let i = 0; i < 20; i += 1) {
        const one = Buffer.concat([data, Buffer.from(String(i))]);
        await store.put(Readable.from([one]), { sha256: sha256(one), size: one.length, name: "one" });
        await store.putDerived("tree-" + i, (path) => writeFile(path, randomBytes(1000)));
        if ((await store.derived("tree-" + i)) === undefined) throw new Error("a tree vanished");
      }`;
    const children = Array.from({ length: 4 }, () => storeProcess(compiled, store.root, statements));
    expect(await Promise.all(children.map(ended))).toEqual(Array(4).fill({ code: 0, stderr: "" }));
    expect(await store.verify()).toEqual({ checked: 40, bad: [] });
    expect(readdirSync(join(store.root, "tmp"))).toEqual([]);
  });

  it("may be killed at every change of the file system", async () => {
    const content = "x".repeat(1000);
    const statements = `
      await store.put(Readable.from([${JSON.stringify(text)}]), ${JSON.stringify(expected)});
      await store.putDerived("tree", (path) => writeFile(path, ${JSON.stringify(content)}));
      process.stdout.write("ended");`;
    let [point, killed] = [0, true];
    for (; killed; point += 1) {
      killed = (await ended(storeProcess(compiled, store.root, `${killAt(point + 1)}${statements}`))).code === null;
      // What is there is whole, and whoever comes next finds or makes the rest.
      expect((await store.verify()).bad, `killed at change ${point + 1}`).toEqual([]);
      const next = openStore({ cacheDir: store.root, inputs: [] });
      await next.put(Readable.from([text]), expected);
      const tree = await next.putDerived("tree", (path) => writeFile(path, content));
      expect(tree.sha256, `killed at change ${point + 1}`).toBe(sha256(content));
      await next.prune({ all: true });
      expect(filesOf(), `killed at change ${point + 1}`).toEqual([]);
    }
    // Folders, files, halves of contents, syncs, renames: if there were fewer, changes would go uncounted.
    expect(point).toBeGreaterThan(14);
  }, 60_000);

  it("may be killed at any point", async () => {
    const statements = `
      for (;;) {
        const one = randomBytes(200_000);
        await store.put(Readable.from([one.subarray(0, 90_000), one.subarray(90_000)]),
          { sha256: sha256(one), size: one.length, name: "one" });
        await store.putDerived("tree-" + sha256(one), (path) => writeFile(path, one));
        process.stdout.write("writing");
      }`;
    const seed = process.env["MAJEK_LAB_TEST_SEED"] ?? String(Date.now() % 1e6);
    console.log(`killed at random points: MAJEK_LAB_TEST_SEED=${seed} kills at the same times again`);
    for (let round = 0; round < (FULL ? 100 : 12); round += 1) {
      const child = storeProcess(compiled, store.root, statements);
      const over = ended(child);
      await started(child);
      await new Promise((wake) => setTimeout(wake, randomNumber(seed, round) * 60));
      child.kill("SIGKILL");
      await over;
    }
    const { checked, bad } = await store.verify();
    expect(bad).toEqual([]);
    expect(checked).toBeGreaterThan(0);
    await store.prune({ olderThanDays: 7 });
    expect(readdirSync(join(store.root, "tmp"))).toEqual([]);
  }, 120_000);
});

describe.skipIf(process.getuid?.() !== 0)("a full disk", () => {
  let disk = "";
  beforeEach(() => {
    disk = join(folder, "disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
  });
  afterEach(() => execFileSync("umount", [disk]));

  it("is said clearly, and what was there stays good", async () => {
    const small = openStore({ cacheDir: disk, inputs: [] });
    const kept = await small.put(Readable.from([Buffer.from(text)]), expected);
    const large = Buffer.alloc(3_000_000);
    const full = {
      code: "failed",
      message: expect.stringContaining("no space"),
      next: expect.stringContaining("prune"),
    };
    const tooMuch = { sha256: sha256(large), size: large.length, name: "large" };
    await expect(small.put(Readable.from([large]), tooMuch)).rejects.toMatchObject(full);
    await expect(small.putDerived("large", (path) => writeFile(path, large))).rejects.toMatchObject(full);
    expect(filesOf(disk)).toEqual([kept]);
    expect(await small.verify()).toEqual({ checked: 1, bad: [] });
  });
});
