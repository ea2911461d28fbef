import type { FileHandle } from "node:fs/promises";
import { PassThrough, type Readable } from "node:stream";
import type { Header } from "tar-stream";
import { LabError } from "../model/errors.js";
import { readTar, type TarVisitor } from "../system/tar.js";

/** An entry of a tree as the engine sent it; content of files lies in the spool file. */
export interface TreeEntry {
  /** Absolute path without the leading slash, e.g. `opt/python/bin`. */
  readonly name: string;
  readonly type: "file" | "directory" | "symlink" | "link";
  readonly executable: boolean;
  /** Target: of a symbolic link as written, of a hard link as a name like ours. */
  readonly target: string;
  /** Where its content begins in the spool file, in bytes. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

/** The error for something that a layer must not hold. */
export function refuse(name: string, why: string): LabError {
  return new LabError("build", `the tree holds ${why}, which an image must not have`, {
    where: `/${name}`,
    next: "change the build step that makes it",
  });
}

/** Parts of a path without `.` and empty ones. */
function partsOf(name: string): string[] {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw refuse(name, "a path that leads outside");
  return parts;
}

/**
 * Makes a function that turns the engine's names into full ones. The first entry is the tree's root; engines differ in
 * how they call it (`python/`, `./`), and every other name begins with it.
 */
function namer(tree: string): (name: string) => string {
  let root: string | undefined;
  return (name) => {
    const parts = partsOf(name);
    root ??= parts.join("/");
    const rest = root === "" ? parts : parts.slice(1);
    if (root.includes("/") || (root !== "" && parts[0] !== root)) throw refuse(name, "an entry outside its root");
    const full = [...partsOf(tree), ...rest];
    // A layer's way of saying "this file of a lower layer is gone".
    if (full.at(-1)?.startsWith(".wh.")) throw refuse(full.join("/"), "a whiteout");
    return full.join("/");
  };
}

function typeOf(header: Header, name: string): TreeEntry["type"] {
  const { type } = header;
  if (type !== "file" && type !== "directory" && type !== "symlink" && type !== "link") throw refuse(name, `a ${type}`);
  if (((header.mode ?? 0) & 0o7000) !== 0) throw refuse(name, "a setuid, setgid or sticky bit");
  const attributes = Object.keys((header as { pax?: Record<string, string> | null }).pax ?? {});
  if (attributes.some((key) => key.includes(".xattr."))) throw refuse(name, "extended attributes");
  // What stands for bytes that are no UTF-8: written like this, the file would have another name.
  if (`${name}${header.linkname ?? ""}`.includes("\ufffd")) throw refuse(name, "a name that is not UTF-8");
  return type;
}

/** Bytes that are written to the spool file at once: a write for each small file would cost more than its bytes. */
const BATCH = 1 << 20;

/** Appends contents to the spool file. */
class Spool {
  /** Bytes appended so far. */
  size = 0;
  #batch: Buffer[] = [];
  #waiting = 0;

  constructor(private readonly file: FileHandle) {}

  async append(content: Readable): Promise<void> {
    for await (const chunk of content as AsyncIterable<Buffer>) {
      this.#batch.push(chunk);
      this.#waiting += chunk.length;
      this.size += chunk.length;
      if (this.#waiting >= BATCH) await this.flush();
    }
  }

  async flush(): Promise<void> {
    // Unlike `write`, it goes on until everything is written.
    await this.file.writeFile(Buffer.concat(this.#batch));
    this.#batch = [];
    this.#waiting = 0;
  }
}

/** A tar ends with two empty blocks (POSIX pax, "ustar Interchange Format"). */
const END_BYTES = 1024;

/** Passes an archive on; tells at the end whether it was whole, which a tar cut between two entries does not show. */
function watchEnd(archive: Readable): { readonly archive: Readable; isWhole(): boolean } {
  let end: Buffer = Buffer.alloc(0);
  const watched = new PassThrough();
  archive.on("data", (chunk: Buffer) => {
    end = chunk.length >= END_BYTES ? chunk.subarray(-END_BYTES) : Buffer.concat([end, chunk]).subarray(-END_BYTES);
  });
  archive.on("error", (error) => watched.destroy(error));
  // Closed before its end and without an error: nobody else would end what waits for more.
  archive.on("close", () => archive.readableEnded || watched.destroy(new Error("closed before its end")));
  archive.pipe(watched);
  return { archive: watched, isWhole: () => end.length === END_BYTES && end.every((byte) => byte === 0) };
}

/**
 * Reads a tree as `GET /containers/ID/archive` sends it.
 * @param tree - absolute path of the tree in the container
 * @param file - empty; receives the content of all files, one after the other
 * @throws LabError "build" for what a layer must not hold, "engine" when the end is missing
 */
export async function readEntries(source: Readable, tree: string, file: FileHandle): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  const fullName = namer(tree);
  const { archive, isWhole } = watchEnd(source);
  const spool = new Spool(file);
  const visit: TarVisitor = async (header, content) => {
    const name = fullName(header.name);
    const type = typeOf(header, name);
    const offset = spool.size;
    if (type === "file") await spool.append(content);
    const target = type === "link" ? fullName(header.linkname ?? "") : (header.linkname ?? "");
    entries.push({
      name,
      type,
      executable: ((header.mode ?? 0) & 0o111) !== 0,
      target,
      offset,
      size: spool.size - offset,
    });
  };
  const part = (cause?: unknown): LabError =>
    new LabError("engine", "the container engine sent only a part of the tree", {
      where: tree,
      next: "run the command again",
      cause,
    });
  await readTar(archive, visit).catch((error: Error) => {
    // An engine that fails in the middle just ends its answer; what is the disk's or the connection's has its own words.
    throw /^(Unexpected end of data|closed before its end)$/.test(error.message) ? part(error) : error;
  });
  await spool.flush();
  if (isWhole()) return entries;
  throw part();
}
