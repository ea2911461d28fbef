import { once } from "node:events";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, type Header, pack } from "tar-stream";
import { SOURCE_DATE_EPOCH } from "../model/guest.js";

/** An entry to write. Owner is always 0:0 without names; time is always {@link SOURCE_DATE_EPOCH}. */
export type TarEntry =
  | { readonly type: "directory"; readonly name: string; readonly mode: number }
  | { readonly type: "file"; readonly name: string; readonly mode: number; readonly content: string | Uint8Array }
  | { readonly type: "file"; readonly name: string; readonly mode: number; readonly path: string }
  /** `size`: bytes that `open` sends; another number of them destroys the archive. */
  | { readonly type: "file"; readonly name: string; readonly mode: number; readonly size: number; open(): Readable };

function header(entry: TarEntry, size: number, time: number): Partial<Header> & { name: string } {
  return {
    name: entry.name,
    type: entry.type,
    mode: entry.mode,
    size,
    uid: 0,
    gid: 0,
    uname: "",
    gname: "",
    mtime: new Date(time * 1000),
  };
}

async function write(archive: ReturnType<typeof pack>, entry: TarEntry, time: number): Promise<void> {
  if (entry.type === "file" && "path" in entry) {
    const { size } = await stat(entry.path);
    await pipeline(createReadStream(entry.path), archive.entry(header(entry, size, time)));
    return;
  }
  if (entry.type === "file" && "open" in entry) {
    await pipeline(entry.open(), archive.entry(header(entry, entry.size, time)));
    return;
  }
  const content = entry.type === "file" ? Buffer.from(entry.content as Uint8Array) : Buffer.alloc(0);
  await new Promise<void>((resolve, reject) => {
    archive.entry(header(entry, content.length, time), content, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * Writes entries, in the order given, as an uncompressed tar whose bytes depend on nothing but the entries.
 * @param entries - parents before children where folders are listed
 * @param time - of every entry, in seconds since the epoch
 * @returns a stream; a file that cannot be read destroys it with that error
 */
export function packTar(entries: Iterable<TarEntry>, time = SOURCE_DATE_EPOCH): Readable {
  const archive = pack();
  (async () => {
    for (const entry of entries) await write(archive, entry, time);
    archive.finalize();
  })().catch((error: Error) => archive.destroy(error));
  return Readable.from(archive);
}

/** Files with the folders that they lie in, each before its first file. */
export function withFolders(files: readonly TarEntry[]): TarEntry[] {
  const seen = new Set<string>();
  return files.flatMap((file) => {
    const parts = file.name.split("/").slice(0, -1);
    const folders = parts
      .map((_, count) => `${parts.slice(0, count + 1).join("/")}/`)
      .filter((name) => !seen.has(name));
    for (const name of folders) seen.add(name);
    return [...folders.map((name): TarEntry => ({ type: "directory", name, mode: 0o755 })), file];
  });
}

/** Bytes of a block: headers have one, contents are filled up to whole ones (POSIX pax, "ustar Interchange Format"). */
export const TAR_BLOCK = 512;

/** The first block that {@link packTar} writes for an entry. @param size - of its content, in bytes */
export async function tarHeader(entry: TarEntry, size: number): Promise<Buffer> {
  const archive = pack();
  // Its content is never written, which is an error to each of them.
  archive.on("error", () => undefined);
  archive.entry(header(entry, size, SOURCE_DATE_EPOCH)).on("error", () => undefined);
  await once(archive as unknown as Readable, "readable");
  const block = archive.read() as Buffer;
  archive.destroy();
  return block;
}

/** Receives one entry; must consume or `resume()` the content before it resolves. */
export type TarVisitor = (headers: Header, content: Readable) => Promise<void>;

/**
 * Reads a tar from a stream, entry by entry, without holding it in memory.
 * @throws the stream's own error for a cut or malformed archive
 */
export async function readTar(archive: Readable, visit: TarVisitor): Promise<void> {
  const reader = extract();
  const piped = pipeline(archive, reader);
  // The pipeline's failure also ends the iteration; it is awaited below, so it must not count as unhandled meanwhile.
  piped.catch(() => undefined);
  for await (const entry of reader) {
    const content = entry as unknown as Readable & { header: Header };
    await visit(content.header, content);
    content.resume();
  }
  await piped;
}
