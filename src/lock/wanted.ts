import { basename } from "node:path";
import type { ArchiveFile, PlatformLock, PythonEntry } from "../model/lock.js";
import type { Store } from "../system/store.js";

/** A file that the lock names, as fetching sees it. */
export interface WantedFile {
  /** Its name wherever a person meets it. */
  readonly file: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  readonly from:
    | { readonly kind: "deb"; readonly name: string; readonly entry: ArchiveFile }
    | { readonly kind: "source"; readonly entry: ArchiveFile }
    | { readonly kind: "python"; readonly entry: PythonEntry };
}

/** Every file of a lock, once, in the order of its lists. */
export function wantedFiles(lock: PlatformLock): WantedFile[] {
  const files = new Map<string, WantedFile>();
  const add = (file: string, from: WantedFile["from"]): void => {
    const { sha256, size } = from.entry;
    if (!files.has(sha256)) files.set(sha256, { file, sha256, size, from });
  };
  for (const entry of [...lock.base, ...lock.builder]) {
    add(basename(entry.path), { kind: "deb", name: entry.name, entry });
  }
  for (const entry of lock.sources) add(entry.file, { kind: "source", entry });
  for (const entry of [...lock.python, ...lock.pythonBuild]) add(entry.file, { kind: "python", entry });
  return [...files.values()];
}

/** Those of the files that are neither in an inputs folder nor in the store. */
export async function missingFiles(store: Store, files: readonly WantedFile[]): Promise<WantedFile[]> {
  const missing: WantedFile[] = [];
  for (const file of files) {
    if ((await store.find(file.sha256, file.file)) === undefined) missing.push(file);
  }
  return missing;
}

/** Cuts a list of files into parts of about this many bytes, so that little is lost when the work is interrupted. */
export function batches(files: readonly WantedFile[], bytes: number): WantedFile[][] {
  const parts: WantedFile[][] = [];
  let room = 0;
  for (const file of files) {
    if (file.size > room || parts.length === 0) {
      parts.push([]);
      room = bytes;
    }
    parts.at(-1)?.push(file);
    room -= file.size;
  }
  return parts;
}
