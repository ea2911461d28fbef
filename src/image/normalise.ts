import { type FileHandle, open, rm } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Header, pack } from "tar-stream";
import { LabError } from "../model/errors.js";
import { SOURCE_DATE_EPOCH } from "../model/guest.js";
import { readEntries, refuse, type TreeEntry } from "./tree-entries.js";

/** Code-unit order; a folder's name is the beginning of its content's, so parents come first. */
const byName = (a: TreeEntry, b: TreeEntry): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/**
 * Sorts, and lets the first name of each hard-linked file carry its content: which name the engine lists as the file
 * and which as links depends on the order of its folders.
 */
function ordered(found: readonly TreeEntry[]): TreeEntry[] {
  const files = new Map(found.filter(({ type }) => type === "file").map((entry) => [entry.name, entry]));
  const firstName = new Map<string, string>();
  const sorted = [...found].sort(byName);
  return sorted.map((entry, index) => {
    if (sorted[index - 1]?.name === entry.name) throw refuse(entry.name, "two entries of one name");
    if (entry.type !== "file" && entry.type !== "link") return entry;
    const file = files.get(entry.type === "link" ? entry.target : entry.name);
    if (file === undefined) throw refuse(entry.name, "a hard link to nothing in the tree");
    const first = firstName.get(file.name);
    if (first !== undefined) return { ...file, name: entry.name, type: "link" as const, target: first, size: 0 };
    firstName.set(file.name, entry.name);
    return { ...file, name: entry.name };
  });
}

/** Folders above the tree, which the engine does not send. */
function parents(tree: string): TreeEntry[] {
  const parts = tree.split("/").filter(Boolean).slice(0, -1);
  return parts.map((_, index) => ({
    name: parts.slice(0, index + 1).join("/"),
    type: "directory" as const,
    executable: true,
    target: "",
    offset: 0,
    size: 0,
  }));
}

function modeOf({ type, executable }: TreeEntry): number {
  if (type === "symlink") return 0o777;
  return type === "directory" || executable ? 0o755 : 0o644;
}

function headerOf(entry: TreeEntry): Partial<Header> & { name: string } {
  return {
    name: entry.type === "directory" ? `${entry.name}/` : entry.name,
    type: entry.type,
    mode: modeOf(entry),
    size: entry.size,
    linkname: entry.target,
    uid: 0,
    gid: 0,
    uname: "",
    gname: "",
    mtime: new Date(SOURCE_DATE_EPOCH * 1000),
  };
}

type Pack = ReturnType<typeof pack>;

/** Bytes read at once: opening a stream for each small file would cost more than reading it. */
const PIECE = 1 << 20;

/** The content of a file, in pieces. */
async function* contentOf({ name, offset, size }: TreeEntry, spool: FileHandle): AsyncGenerator<Buffer> {
  for (let done = 0; done < size; ) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE, size - done));
    const { bytesRead } = await spool.read(piece, 0, piece.length, offset + done);
    if (bytesRead === 0)
      throw new LabError("failed", "a spool file lost what was written to it", {
        where: `/${name}`,
        next: "look after the disk that holds the cache, then run the command again",
      });
    done += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}

async function writeEntry(archive: Pack, entry: TreeEntry, spool: FileHandle): Promise<void> {
  if (entry.size > PIECE) return pipeline(contentOf(entry, spool), archive.entry(headerOf(entry)));
  const { value } = await contentOf(entry, spool).next();
  return new Promise((resolve, reject) => {
    archive.entry(headerOf(entry), value ?? Buffer.alloc(0), (error) => (error ? reject(error) : resolve()));
  });
}

async function writeEntries(entries: readonly TreeEntry[], spool: FileHandle, output: string): Promise<void> {
  const archive = pack();
  const target = await open(output, "w", 0o644);
  const written = pipeline(archive, target.createWriteStream({ highWaterMark: PIECE }));
  const filled = (async () => {
    for (const entry of entries) await writeEntry(archive, entry, spool);
    archive.finalize();
  })();
  // A full disk fails both; the writer's error says why. Both have to end before the spool file may be closed.
  const failed = (error: Error): void => archive.destroy(error);
  const [writing] = await Promise.allSettled([written, filled.catch(failed)]);
  if (writing.status === "rejected") throw writing.reason;
}

/**
 * Writes a tree, as `GET /containers/ID/archive` sends it, so that its bytes depend on paths, contents and execute bits
 * only: sorted, owner 0:0 without names, one fixed time, modes 0755 and 0644, hard links kept.
 * @param tree - absolute path of the tree in the container, e.g. `/opt/python`
 * @param output - the file to write; content passes through a spool file beside it
 * @throws LabError "build" for device nodes, setuid files, extended attributes and paths that lead outside; "engine"
 *   when the end of the archive is missing
 */
export async function normaliseTree(archive: Readable, tree: string, output: string): Promise<void> {
  const spoolFile = `${output}.spool`;
  const spool = await open(spoolFile, "w+", 0o600);
  try {
    const found = await readEntries(archive, tree, spool);
    await writeEntries([...parents(tree), ...ordered(found)], spool, output);
  } finally {
    archive.destroy();
    await spool.close();
    await rm(spoolFile, { force: true });
  }
}
