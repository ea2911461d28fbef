import { createHash } from "node:crypto";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type BundleBlob, MEDIA } from "../model/bundle.js";
import { LabError } from "../model/errors.js";
import { bytesBlob } from "../system/blobs.js";
import { explainWrite, isIgnored, listFiles } from "../system/files.js";
import { packTar, readTar, type TarEntry, type TarVisitor } from "../system/tar.js";
import { damaged } from "./collect.js";

/** A lab has some hundred files of source, and all of them are in memory at once; in bytes. */
const MAX_SIZE = 64 << 20;
const MAX_FILES = 20_000;
const MAX_PATH = 1000;

/** A folder of a lab on disk. */
export interface LabFolder {
  /** Name of the lab, and of its folder in the tar. */
  readonly name: string;
  /** Absolute. */
  readonly directory: string;
  /** Texts that replace files of the folder, or are added to them, by path. */
  readonly texts: Readonly<Record<string, string>>;
}

async function entriesOf({ name, directory, texts }: LabFolder): Promise<TarEntry[]> {
  const paths = new Set([...(await listFiles(directory)), ...Object.keys(texts)]);
  return [...paths].sort().map((path) => {
    const common = { type: "file" as const, name: `${name}/${path}`, mode: 0o644 };
    const text = texts[path];
    return text === undefined ? { ...common, path: join(directory, path) } : { ...common, content: text };
  });
}

function tooLarge(folders: readonly LabFolder[]): LabError {
  return new LabError("lab", `a lab that is shared has at most ${MAX_SIZE >> 20} MB and ${MAX_FILES} files`, {
    where: folders.map(({ directory }) => directory).join(", "),
    next: "move out of its folder what its application does not need",
  });
}

/**
 * The folders of a lab as one tar. Hidden files, caches and byte code are left out, modes and times do not count: the
 * same files give the same bytes on every machine.
 * @throws LabError "lab" on a symbolic link, and where it is too large to be shared
 */
export async function packFolders(folders: readonly LabFolder[]): Promise<BundleBlob> {
  const sorted = [...folders].sort((a, b) => (a.name < b.name ? -1 : 1));
  const entries = (await Promise.all(sorted.map(entriesOf))).flat();
  let size = 0;
  for (const entry of entries) if ("path" in entry) size += (await stat(entry.path)).size;
  if (size + entries.length * 1024 > MAX_SIZE || entries.length > MAX_FILES) throw tooLarge(sorted);
  return bytesBlob(MEDIA.labFolders, await buffer(packTar(entries)));
}

const hasControl = (text: string): boolean => [...text].some((letter) => letter < " " || letter === "\u007f");

/** Why a path must not be written, if it must not: it could lead out of its folder, or differ between systems. */
function misfit(path: string): string | undefined {
  const parts = path.split("/");
  if (path.length > MAX_PATH) return "too long";
  if (parts.length < 2) return "in no folder";
  if (parts.some((part) => part === "" || part === "." || part === "..")) return "a path that leads elsewhere";
  if (path.includes("\\") || path.includes("\ufffd") || hasControl(path)) return "letters that no path of a lab has";
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(parts[0] ?? "")) return "not in the folder of a lab";
  // Packing leaves them out, and programs of the host obey some of them: .git/config, .envrc, .vscode/tasks.json.
  if (isIgnored(path)) return "hidden, or a byproduct of running it";
  return undefined;
}

/**
 * Visits every file of a tar of folders, after looking at its path. Only plain files are let through.
 * @throws LabError "input" for a link, a device, a path that leads out, two files of one name, too much of anything, or,
 *   after the last file, content that is not that of the tar's digest
 */
async function visitFiles(tar: BundleBlob, visit: (path: string, content: Readable) => Promise<void>): Promise<void> {
  if (tar.size > MAX_SIZE) throw damaged("larger than any lab", tar.digest);
  const [files, folders] = [new Set<string>(), new Set<string>()];
  const visitOne: TarVisitor = async ({ name, type }, content) => {
    const above = name.split("/").map((_, count, parts) => parts.slice(0, count).join("/"));
    const taken = files.has(name) || folders.has(name) || above.some((path) => files.has(path));
    const wrong = type !== "file" ? `a ${type}` : taken ? "its name is taken" : misfit(name);
    if (wrong !== undefined) throw damaged(`a file that no lab has: ${wrong}`, JSON.stringify(name));
    if (files.add(name).size > MAX_FILES) throw damaged("more files than any lab has", tar.digest);
    for (const path of above) folders.add(path);
    await visit(name, content);
  };
  // The archive is opened again for each visit: what was checked may have been replaced since.
  const hash = createHash("sha256");
  const source = tar.open();
  source.on("data", (chunk: Buffer) => hash.update(chunk));
  await readTar(source, visitOne).catch((error: Error) => {
    throw error instanceof LabError || "syscall" in error ? error : damaged(`no tar: ${error.message}`, tar.digest);
  });
  if (`sha256:${hash.digest("hex")}` !== tar.digest) throw damaged("changed since it was checked", tar.digest);
}

/** Paths and contents of a tar of folders, checked as {@link unpackFolders} does. */
export async function readFolders(tar: BundleBlob): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>();
  await visitFiles(tar, async (path, content) => void files.set(path, await buffer(content)));
  return files;
}

/** Checks of a hand-out are run. Tars of folders have no modes, so that they do not depend on who made them. */
const isProgram = (path: string, bytes: Buffer): boolean =>
  path.split("/")[1] === "handout" && bytes.toString("latin1", 0, 2) === "#!";

/**
 * Writes a tar of folders into a folder; programs of its hand-out can be run.
 * @param directory - absolute; must be empty, or not be there
 * @throws LabError "input" for what no lab has, "failed" where it cannot be written; nothing outside of the folder is
 *   written in any case
 */
export async function unpackFolders(tar: BundleBlob, directory: string): Promise<void> {
  await visitFiles(tar, async (path, content) => {
    const target = join(directory, path);
    try {
      await mkdir(dirname(target), { recursive: true });
      const bytes = await buffer(content);
      // `wx`: a file that is there is never followed or replaced.
      await writeFile(target, bytes, { flag: "wx", mode: isProgram(path, bytes) ? 0o755 : 0o644 });
    } catch (error) {
      throw explainWrite(error, target);
    }
  });
}
