import type { FileHandle } from "node:fs/promises";
import { TAR_BLOCK, type TarEntry, tarHeader } from "./tar.js";

/** Where an entry's content is in its archive, in bytes. */
export interface TarMember {
  readonly name: string;
  readonly type: "file" | "directory";
  readonly offset: number;
  readonly size: number;
}

/** A tar ends with two empty blocks (POSIX pax, "ustar Interchange Format"). */
const END = 2 * TAR_BLOCK;

const filled = (size: number): number => Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
const isEmpty = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);

async function read(file: FileHandle, offset: number, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  const { bytesRead } = await file.read(bytes, 0, size, offset);
  return bytes.subarray(0, bytesRead);
}

/** Name and size as our archives say them; that the whole block is what it should be is compared later. */
function parse(block: Buffer): { name: string; size: number } {
  const text = (from: number, to: number): string => (block.toString("latin1", from, to).split("\0")[0] ?? "").trim();
  return { name: text(0, 100), size: Number.parseInt(text(124, 136), 8) };
}

/** The one entry whose header this can be. */
function entryOf(name: string): TarEntry {
  return name.endsWith("/")
    ? { type: "directory", name, mode: 0o755 }
    : { type: "file", name, mode: 0o644, content: "" };
}

/**
 * Finds the entries of an archive that packTar wrote, without reading their contents. Every other byte is compared with
 * what packTar would have written for the same names and sizes, so that nothing can be hidden in it and nothing is read in
 * two ways. Modes are those of plain files and folders.
 * @param size - of the file, in bytes
 * @param limit - of entries
 * @returns the entries, or why it is no such archive
 */
export async function indexTar(file: FileHandle, size: number, limit: number): Promise<TarMember[] | string> {
  const members: TarMember[] = [];
  for (let at = 0; at + END <= size; ) {
    const block = await read(file, at, TAR_BLOCK);
    if (isEmpty(block)) {
      if (at + END !== size || !isEmpty(await read(file, at, END))) return `bytes behind its end, at ${at}`;
      return members;
    }
    const { name, size: length } = parse(block);
    const type = name.endsWith("/") ? "directory" : "file";
    if (!Number.isSafeInteger(length) || !block.equals(await tarHeader(entryOf(name), length))) {
      return `a damaged entry at byte ${at}`;
    }
    const [offset, next] = [at + TAR_BLOCK, at + TAR_BLOCK + filled(length)];
    if (next + END > size) return `cut off within ${name}`;
    if (type === "directory" ? length > 0 : !isEmpty(await read(file, offset + length, next - offset - length))) {
      return `bytes behind the content of ${name}`;
    }
    members.push({ name, type, offset, size: length });
    if (members.length > limit) return `more than ${limit} entries`;
    at = next;
  }
  return "cut off: its end is missing";
}
