import { type FileHandle, open, rm } from "node:fs/promises";
import { posix } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Header, pack } from "tar-stream";
import { LabError } from "../model/errors.js";
import { FIXED_TIME_SECONDS, readTar } from "../system/tar.js";

/** An entry as it was read; content of files lies in the spool file. */
interface Found {
  /** Absolute path without the leading slash, e.g. `opt/python/bin`. */
  readonly name: string;
  readonly type: "file" | "directory" | "symlink" | "link";
  readonly executable: boolean;
  /** Target: of a symbolic link as written, of a hard link as a name like ours. */
  readonly target: string;
  /** Bytes. */
  readonly offset: number;
  readonly size: number;
}

function refuse(name: string, why: string): LabError {
  return new LabError("build", `the tree holds ${why}, which an image must not have`, {
    where: `/${name}`,
    next: "change the build step that makes it",
  });
}

/** Names in the engine's answer begin with the tree's last folder; ours with the whole path. */
function fullName(tree: string, name: string): string {
  const clean = posix.normalize(name).replace(/^\/+|\/+$/g, "");
  const [, ...rest] = clean.split("/");
  if (clean.startsWith("..") || rest.includes("..")) throw refuse(clean, "a path that leads outside");
  return [tree.replace(/^\//, ""), ...rest].join("/");
}

function check(header: Header, name: string): Found["type"] {
  const type = header.type;
  if (type !== "file" && type !== "directory" && type !== "symlink" && type !== "link") throw refuse(name, `a ${type}`);
  if (((header.mode ?? 0) & 0o6000) !== 0) throw refuse(name, "a setuid or setgid file");
  const attributes = Object.keys((header as { pax?: Record<string, string> | null }).pax ?? {});
  if (attributes.some((key) => key.startsWith("SCHILY.xattr."))) throw refuse(name, "extended attributes");
  return type;
}

/** Appends a stream to the spool file. @returns its bytes */
async function spoolContent(content: Readable, spool: FileHandle, offset: number): Promise<number> {
  let size = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    await spool.write(chunk, 0, chunk.length, offset + size);
    size += chunk.length;
  }
  return size;
}

async function readEntries(archive: Readable, tree: string, spool: FileHandle): Promise<Found[]> {
  const found: Found[] = [];
  let offset = 0;
  await readTar(archive, async (header, content) => {
    const name = fullName(tree, header.name);
    const type = check(header, name);
    const size = type === "file" ? await spoolContent(content, spool, offset) : 0;
    const target = type === "link" ? fullName(tree, header.linkname ?? "") : (header.linkname ?? "");
    found.push({ name, type, executable: ((header.mode ?? 0) & 0o111) !== 0, target, offset, size });
    offset += size;
  });
  return found;
}

/** Code-unit order, which for the names here is byte order. */
const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/**
 * Sorts, and lets the first name of each hard-linked file carry its content: which name the engine lists as the file
 * and which as links depends on the order of its folders.
 */
function ordered(found: readonly Found[]): Found[] {
  const files = new Map(found.filter(({ type }) => type === "file").map((entry) => [entry.name, entry]));
  const firstName = new Map<string, string>();
  const contentOf = ({ type, name, target }: Found): string => (type === "link" ? target : name);
  return [...found].sort(byName).map((entry) => {
    const file = files.get(contentOf(entry));
    if (entry.type !== "file" && entry.type !== "link") return entry;
    if (file === undefined) throw refuse(entry.name, "a hard link to nothing in the tree");
    const first = firstName.get(file.name);
    if (first !== undefined) return { ...entry, type: "link" as const, target: first, size: 0 };
    firstName.set(file.name, entry.name);
    return { ...file, name: entry.name };
  });
}

/** Folders above the tree, which the engine does not send. */
function parents(tree: string): Found[] {
  const parts = tree.replace(/^\//, "").split("/").slice(0, -1);
  return parts.map((_, index) => ({
    name: parts.slice(0, index + 1).join("/"),
    type: "directory" as const,
    executable: true,
    target: "",
    offset: 0,
    size: 0,
  }));
}

function headerOf(entry: Found): Partial<Header> & { name: string } {
  const executable = entry.type === "directory" || entry.executable;
  return {
    name: entry.type === "directory" ? `${entry.name}/` : entry.name,
    type: entry.type,
    mode: entry.type === "symlink" ? 0o777 : executable ? 0o755 : 0o644,
    size: entry.size,
    linkname: entry.target,
    uid: 0,
    gid: 0,
    uname: "",
    gname: "",
    mtime: new Date(FIXED_TIME_SECONDS * 1000),
  };
}

async function writeEntries(entries: readonly Found[], spool: FileHandle, output: string): Promise<void> {
  const archive = pack();
  const target = await open(output, "w", 0o644);
  const written = pipeline(archive, target.createWriteStream());
  written.catch(() => undefined);
  for (const entry of entries) {
    if (entry.type !== "file" || entry.size === 0) {
      await new Promise<void>((resolve, reject) => {
        archive.entry(headerOf(entry), Buffer.alloc(0), (error) => (error ? reject(error) : resolve()));
      });
      continue;
    }
    const content = spool.createReadStream({
      start: entry.offset,
      end: entry.offset + entry.size - 1,
      autoClose: false,
    });
    await pipeline(content, archive.entry(headerOf(entry)));
  }
  archive.finalize();
  await written;
}

/**
 * Writes a tree, as `GET /containers/ID/archive` sends it, so that its bytes depend on paths, contents and execute bits
 * only: sorted, owner 0:0 without names, one fixed time, modes 0755 and 0644, hard links kept.
 * @param tree - absolute path of the tree in the container, e.g. `/opt/python`
 * @param output - the file to write; content passes through a spool file beside it
 * @throws LabError "build" for device nodes, setuid files, extended attributes and paths that lead outside
 */
export async function normaliseTree(archive: Readable, tree: string, output: string): Promise<void> {
  const spoolFile = `${output}.spool`;
  const spool = await open(spoolFile, "w+", 0o600);
  try {
    const found = await readEntries(archive, tree, spool);
    await writeEntries([...parents(tree), ...ordered(found)], spool, output);
  } finally {
    await spool.close();
    await rm(spoolFile, { force: true });
  }
}
