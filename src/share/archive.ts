import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import type { BundleBlob, Descriptor } from "../model/bundle.js";
import { LabError } from "../model/errors.js";
import { fileBlob } from "../system/blobs.js";
import { indexTar, type TarMember } from "../system/tar-index.js";
import { collectBundle, damaged, MAX_JSON, type SharedLab } from "./collect.js";
import { archiveEntries, BLOBS, INPUTS } from "./layout.js";

/** More than any lab has: an input is a package. */
const MAX_MEMBERS = 10_000;

/** A lab as it was found in an archive. */
export interface ArchivedLab extends SharedLab {
  readonly inputs: readonly BundleBlob[];
}

export interface ReadOptions {
  /** Told of the bytes that have been compared, of all. */
  readonly onProgress?: (done: number, all: number) => void;
  readonly signal?: AbortSignal;
}

async function indexOf(path: string): Promise<TarMember[]> {
  const file = await open(path, "r").catch((error: Error) => {
    throw new LabError("usage", `cannot read this file: ${error.message}`, {
      where: path,
      next: "name a file that majek-lab save wrote",
      cause: error,
    });
  });
  try {
    const found = await file.stat();
    if (!found.isFile()) throw damaged("this is not a file", path);
    const members = await indexTar(file, found.size, MAX_MEMBERS);
    if (typeof members === "string")
      throw damaged(`this is not an archive as majek-lab save writes it: ${members}`, path);
    return members;
  } finally {
    await file.close();
  }
}

/** Contents below a folder of the archive, by digest. */
function contents(path: string, members: readonly TarMember[], folder: string): Map<string, BundleBlob> {
  return new Map(
    members.flatMap(({ type, name, size, offset }) => {
      const digest = `sha256:${name.slice(folder.length)}`;
      const descriptor = { mediaType: "application/octet-stream", digest, size };
      return type === "file" && name.startsWith(folder) ? [[digest, fileBlob(descriptor, path, offset)]] : [];
    }),
  );
}

/** The members must be those, in that order and of those sizes, that an archive of this lab has. */
function checkMembers(path: string, members: readonly TarMember[], lab: ArchivedLab): void {
  const wanted = archiveEntries(lab);
  for (const [place, { name, size }] of members.entries()) {
    const entry = wanted[place];
    const length = entry !== undefined && "size" in entry ? entry.size : 0;
    if (entry?.name !== name || length !== size)
      throw damaged(`this archive holds ${name}, which does not belong there`, path);
  }
  const missing = wanted[members.length];
  if (missing !== undefined) throw damaged(`this archive lacks ${missing.name}`, path);
}

/** Compares the content of every member with what it must be. */
async function checkContents(
  path: string,
  members: readonly TarMember[],
  lab: ArchivedLab,
  { onProgress, signal }: ReadOptions,
): Promise<void> {
  const wanted = archiveEntries(lab);
  const all = members.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const [place, { name, size, offset }] of members.entries()) {
    const hash = createHash("sha256");
    for await (const chunk of fileBlob({ mediaType: "", digest: "", size }, path, offset).open()) {
      signal?.throwIfAborted();
      hash.update(chunk as Buffer);
      done += (chunk as Buffer).length;
      onProgress?.(done, all);
    }
    const expected = name.startsWith(BLOBS) || name.startsWith(INPUTS) ? name.slice(-64) : await sumOf(wanted[place]);
    if (hash.digest("hex") !== expected && !name.endsWith("/"))
      throw damaged(`altered: ${name} is not what its name says`, path);
  }
}

async function sumOf(entry: ReturnType<typeof archiveEntries>[number] | undefined): Promise<string> {
  if (entry === undefined || !("open" in entry)) return "";
  return createHash("sha256")
    .update(await buffer(entry.open()))
    .digest("hex");
}

/**
 * Reads an archive that `save` wrote, and compares every byte of it with what it must be, before anything is used: names,
 * headers, padding, sizes, forms and digests. Nothing is unpacked, and little of it is in memory at any time.
 * @param path - absolute
 * @throws LabError "input" for whatever is not as it was written; "usage" for a file that cannot be read
 */
export async function readArchive(path: string, options: ReadOptions = {}): Promise<ArchivedLab> {
  const members = await indexOf(path);
  const index = members.find(({ name }) => name === "index.json");
  if (index === undefined || index.size > MAX_JSON) throw damaged("this archive has no index", path);
  const blobs = contents(path, members, BLOBS);
  const find = async ({ digest }: Descriptor): Promise<BundleBlob> => {
    const blob = blobs.get(digest);
    if (blob === undefined) throw damaged(`this archive lacks ${digest}`, path);
    return blob;
  };
  const bytes = await buffer(fileBlob({ mediaType: "", digest: "", size: index.size }, path, index.offset).open());
  const shared = await collectBundle(bytes, find);
  const lab = { ...shared, inputs: [...contents(path, members, INPUTS).values()] };
  checkMembers(path, members, lab);
  await checkContents(path, members, lab, options);
  return lab;
}
