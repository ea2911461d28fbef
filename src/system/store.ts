import { createReadStream } from "node:fs";
import { lstat, mkdir, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { LabError } from "../model/errors.js";
import { canonicalJson } from "../model/json.js";
import type { Environment } from "./env.js";
import { readTextIfPresent, syncFolder } from "./files.js";
import { sha256File } from "./hash.js";
import { createScratch, type Expected, type Scratch, storeError, sweepScratch } from "./store-scratch.js";

/** A tree or root file system made earlier. */
export interface DerivedTree {
  /** Absolute path of the tar. */
  readonly path: string;
  /** Hex sha256 of the tar. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

export interface StoreEntry {
  readonly kind: "input" | "derived";
  /** sha256 of an input, key of a derived tree. */
  readonly key: string;
  /** Absolute path of the content. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Seconds since the epoch. */
  readonly lastUsed: number;
}

/** What was removed. Sizes in bytes. */
export interface PruneReport {
  readonly removed: number;
  readonly freedBytes: number;
  /** Temporary files that a killed process had left. */
  readonly leftovers: number;
}

export interface VerifyReport {
  readonly checked: number;
  /** Altered entries; they have been removed. */
  readonly bad: readonly StoreEntry[];
}

/** Use marks are this coarse, so that reading an entry rarely writes. */
const USE_MARK_SECONDS = 3600;
const DAY_SECONDS = 86_400;

const nowSeconds = (): number => Date.now() / 1000;

/**
 * Remembers when an entry was last used, for {@link Store.prune}. A read-only store is fine.
 * @returns the entry's new time, where it got one: whole seconds, which every file system keeps as they are
 */
async function markUsed(path: string, lastUsed: number): Promise<number | undefined> {
  if (nowSeconds() - lastUsed < USE_MARK_SECONDS) return undefined;
  const now = Math.floor(nowSeconds());
  return utimes(path, now, now).then(
    () => now,
    () => undefined,
  );
}

/** Names of a folder's entries; none where the folder does not exist. */
async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
}

/** Size and time of a regular file, or `undefined`. */
async function regularFile(path: string): Promise<{ size: number; mtime: number } | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? { size: found.size, mtime: found.mtimeMs / 1000 } : undefined;
}

/** What identifies a derived tree on disk; `undefined` for anything else. */
function readRecord(text: string | undefined): { sha256: string; size: number } | undefined {
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as { sha256?: unknown; size?: unknown };
    if (typeof record.sha256 !== "string" || typeof record.size !== "number") return undefined;
    return { sha256: record.sha256, size: record.size };
  } catch {
    return undefined;
  }
}

/**
 * Inputs by sha256 and derived trees by key, shared by any number of processes.
 * Every entry appears by one rename of something complete and synced, so a reader never sees a part,
 * and a killed writer leaves nothing but a file in `tmp/`.
 */
export class Store {
  readonly root: string;
  readonly #inputs: readonly string[];
  readonly #more: Pick<Store, "find"> | undefined;
  /** Hashes of files seen by this process, by path, size and time: each file is read once. */
  readonly #hashes = new Map<string, Promise<string>>();

  /**
   * @param root - absolute
   * @param inputs - read-only folders that are looked at first
   * @param more - asked for inputs that neither has
   */
  constructor(root: string, inputs: readonly string[], more?: Pick<Store, "find">) {
    this.root = root;
    this.#inputs = inputs;
    this.#more = more;
  }

  #inputPath(sha256: string): string {
    return join(this.root, "sha256", sha256.slice(0, 2), sha256);
  }

  #derivedFolder(key: string): string {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(key)) throw new Error(`not a store key: ${key}`);
    return join(this.root, "derived", key);
  }

  #hashOnce(path: string, size: number, mtime: number): Promise<string> {
    const id = `${path}\0${size}\0${mtime}`;
    const known = this.#hashes.get(id);
    if (known !== undefined) return known;
    const hash = sha256File(path);
    this.#hashes.set(id, hash);
    // A disk that failed once may be asked again.
    hash.catch(() => this.#hashes.delete(id));
    return hash;
  }

  /** Marks an entry whose hash is known as used; its new time is no reason to read it again. */
  async #markUsed(path: string, { size, mtime }: { size: number; mtime: number }, hash: string): Promise<void> {
    const marked = await markUsed(path, mtime);
    if (marked !== undefined) this.#hashes.set(`${path}\0${size}\0${marked}`, Promise.resolve(hash));
  }

  /**
   * Where an input is: in a `MAJEK_LAB_INPUTS` folder under its file name, or in the store.
   * Content is checked against the hash once per process; an altered store entry is removed and counts as missing.
   * @returns an absolute path, or `undefined` when it has to be downloaded
   * @throws LabError "input" when an inputs folder has a file of this name with other content, and nobody the right one
   */
  async find(sha256: string, fileName: string): Promise<string | undefined> {
    const wrong: string[] = [];
    for (const folder of this.#inputs) {
      const path = join(folder, fileName);
      const file = await regularFile(path);
      if (file === undefined) continue;
      if ((await this.#hashOnce(path, file.size, file.mtime)) === sha256) return path;
      wrong.push(path);
    }
    const stored = (await this.#stored(sha256)) ?? (await this.#more?.find(sha256, fileName));
    if (stored !== undefined || wrong[0] === undefined) return stored;
    throw new LabError("input", `${fileName} is not the file that the lock names: its sha256 differs`, {
      where: wrong[0],
      next: "remove or replace that file, or take its folder out of MAJEK_LAB_INPUTS",
    });
  }

  async #stored(sha256: string): Promise<string | undefined> {
    const path = this.#inputPath(sha256);
    const file = await regularFile(path);
    if (file === undefined) return undefined;
    if ((await this.#hashOnce(path, file.size, file.mtime)) !== sha256) {
      await rm(path, { force: true });
      return undefined;
    }
    await this.#markUsed(path, file, sha256);
    return path;
  }

  /**
   * Adds an input, checked while it is written.
   * @param source - the content, or the path of a file that is copied
   * @returns the absolute path in the store
   * @throws LabError "input" naming the file when content or length differ or the stream breaks; "failed" when the
   *   disk is full. Nothing is kept in either case.
   */
  async put(source: Readable | string, expected: Expected): Promise<string> {
    const target = this.#inputPath(expected.sha256);
    const content = typeof source === "string" ? createReadStream(source) : source;
    const scratch = await createScratch(this.root);
    try {
      await scratch.receive(content, expected);
      await mkdir(join(target, ".."), { recursive: true });
      await rename(scratch.file, target);
      await syncFolder(join(target, ".."));
      return target;
    } catch (error) {
      content.destroy();
      throw storeError(error, target);
    } finally {
      await scratch.remove();
    }
  }

  /** What is recorded of a derived tree that is there with its size; its content was not looked at. */
  async #recorded(key: string): Promise<(DerivedTree & { readonly mtime: number }) | undefined> {
    const folder = this.#derivedFolder(key);
    const record = readRecord(await readTextIfPresent(join(folder, "record.json")));
    const path = join(folder, "tree.tar");
    const file = await regularFile(path);
    return record === undefined || file?.size !== record.size ? undefined : { path, ...record, mtime: file.mtime };
  }

  /** The derived tree of this key, if it is there whole and unaltered; its content is read once per process. */
  async derived(key: string): Promise<DerivedTree | undefined> {
    const found = await this.#recorded(key);
    if (found === undefined) return undefined;
    const { path, sha256, size, mtime } = found;
    if ((await this.#hashOnce(path, size, mtime)) !== sha256) return undefined;
    await this.#markUsed(path, found, sha256);
    return { path, sha256, size };
  }

  /**
   * Adds a derived tree. Where another process was faster, its tree stays and is returned.
   * @param write - writes the tar to the path it is given
   * @throws what `write` throws; LabError "failed" when the disk is full. Nothing is kept in either case.
   */
  async putDerived(key: string, write: (path: string) => Promise<void>): Promise<DerivedTree> {
    const folder = this.#derivedFolder(key);
    const scratch = await createScratch(this.root);
    try {
      await mkdir(scratch.file);
      const path = join(scratch.file, "tree.tar");
      await write(path);
      const record = { sha256: await sha256File(path), size: (await stat(path)).size };
      await writeSynced(join(scratch.file, "record.json"), canonicalJson(record));
      await writeSynced(path);
      await syncFolder(scratch.file);
      return await this.#publish(key, scratch, folder);
    } catch (error) {
      throw storeError(error, folder);
    } finally {
      await scratch.remove();
    }
  }

  /** Renames a complete folder into place; a folder there that is whole wins, a damaged one is replaced. */
  async #publish(key: string, scratch: Scratch, folder: string): Promise<DerivedTree> {
    await mkdir(join(this.root, "derived"), { recursive: true });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await renameUnlessTaken(scratch.file, folder);
      await syncFolder(join(this.root, "derived"));
      const published = await this.derived(key);
      if (published !== undefined) return published;
      await rm(folder, { recursive: true, force: true });
    }
    throw new LabError("failed", "a tree vanished from the content store while it was being stored", {
      where: folder,
      next: "run the command again, without a cache command beside it",
    });
  }

  /** Everything in the store, sorted by kind and key. */
  async list(): Promise<StoreEntry[]> {
    const entries: StoreEntry[] = [];
    for (const key of await names(join(this.root, "derived"))) {
      const path = join(this.root, "derived", key, "tree.tar");
      const file = await regularFile(path);
      entries.push({ kind: "derived", key, path, size: file?.size ?? 0, lastUsed: file?.mtime ?? 0 });
    }
    for (const shard of await names(join(this.root, "sha256"))) {
      for (const key of await names(join(this.root, "sha256", shard))) {
        const path = join(this.root, "sha256", shard, key);
        const file = await regularFile(path);
        if (file) entries.push({ kind: "input", key, path, size: file.size, lastUsed: file.mtime });
      }
    }
    return entries.sort((a, b) => (`${a.kind} ${a.key}` < `${b.kind} ${b.key}` ? -1 : 1));
  }

  async #remove(entry: StoreEntry): Promise<void> {
    await rm(placeOf(entry), { recursive: true, force: true });
  }

  /**
   * Removes entries that were not used lately, and what killed processes left.
   * @param which - all entries, or those not used for this many days
   */
  async prune(which: { readonly olderThanDays: number } | { readonly all: true }): Promise<PruneReport> {
    const before = "all" in which ? Number.POSITIVE_INFINITY : nowSeconds() - which.olderThanDays * DAY_SECONDS;
    const unused = (await this.list()).filter((entry) => entry.lastUsed < before);
    for (const entry of unused) await this.#remove(entry);
    const leftovers = await sweepScratch(this.root);
    return { removed: unused.length, freedBytes: unused.reduce((sum, entry) => sum + entry.size, 0), leftovers };
  }

  /** Reads every entry and compares it with its hash; altered ones are removed. What vanishes meanwhile was removed. */
  async verify(): Promise<VerifyReport> {
    const bad: StoreEntry[] = [];
    let checked = 0;
    for (const entry of await this.list()) {
      const expected = entry.kind === "input" ? entry.key : (await this.#recorded(entry.key))?.sha256;
      const good = expected !== undefined && (await hashIfPresent(entry.path)) === expected;
      if (!good && !(await isPresent(placeOf(entry)))) continue;
      checked += 1;
      if (good) continue;
      bad.push(entry);
      await this.#remove(entry);
    }
    return { checked, bad };
  }
}

/** All that an entry consists of: a file, or the folder of a tree. */
function placeOf({ kind, path }: StoreEntry): string {
  return kind === "derived" ? join(path, "..") : path;
}

async function hashIfPresent(path: string): Promise<string | undefined> {
  return sha256File(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

async function isPresent(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Renames a folder, unless there is a folder with content at the target. */
async function renameUnlessTaken(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  });
}

/** Makes a file durable, writing it first when there is text for it. */
async function writeSynced(path: string, text?: string): Promise<void> {
  const handle = await open(path, text === undefined ? "r+" : "wx", 0o644);
  try {
    if (text !== undefined) await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The content store below `environment.cacheDir`, with the read-only folders of MAJEK_LAB_INPUTS before it. */
export function openStore(environment: Pick<Environment, "cacheDir" | "inputs">): Store {
  return new Store(environment.cacheDir, environment.inputs);
}
