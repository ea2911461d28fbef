import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, readlink, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { LabError } from "../model/errors.js";

/** Whether the system refused to write because the disk, or the user's share of it, is full. */
export function isDiskFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "");
}

/** Why a file or folder could not be written, by what the system said. */
export function explainWrite(error: unknown, path: string): LabError {
  if (isDiskFull(error)) {
    return new LabError("failed", "no space left on the disk; nothing was changed", {
      where: path,
      next: "free some space there, then run the command again",
      cause: error,
    });
  }
  return new LabError("failed", `cannot write: ${(error as Error).message}`, {
    where: path,
    next: `make ${dirname(path)} writable, or work on a copy of it`,
    cause: error,
  });
}

/**
 * Where something new takes the place of a file: behind links, which stay. Links on the way to its folder are left to
 * the system: those in /proc may lead where no path does.
 * @returns `undefined` for a device or a pipe such as /dev/stdout: replacing that would take it from every program
 */
export async function placeToReplace(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return path;
  if (!found.isFile() && !found.isDirectory()) return undefined;
  // It has an end, or stat() would have failed.
  const target = await readlink(path).catch(() => undefined);
  if (target === undefined) return path;
  // As text: behind a folder that is a link, ".." is not what it looks like.
  return placeToReplace(isAbsolute(target) ? target : `${dirname(path)}/${target}`);
}

/**
 * Writes a file so that a reader sees the old content or the new, never a part, even after a power cut:
 * temporary file beside it, fsync, rename, fsync of the folder. A device or a pipe is written to.
 * @param path - absolute path; missing folders are made
 * @throws LabError "failed" when the disk is full or the folder cannot be written; the old file stays
 */
export async function writeAtomic(path: string, data: string | Uint8Array): Promise<void> {
  const target = await placeToReplace(path);
  if (target === undefined) {
    await writeFile(path, data).catch((error: unknown) => {
      throw explainWrite(error, path);
    });
    return;
  }
  const temporary = `${target}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await mkdir(dirname(target), { recursive: true });
    const handle = await open(temporary, "wx", 0o644);
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await rm(temporary, { force: true });
    throw explainWrite(error, path);
  }
}

/** Makes a rename in this folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The text of a file, or `undefined` where there is none. Other errors pass through. */
export async function readTextIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Byproducts of running Python or of an editor, which are no part of a lab or of guest sources. */
const IGNORED = /(^|\/)(__pycache__|\.[^/]+|[^/]*~|[^/]*\.py[co]|node_modules)(\/|$)/;

/** Whether {@link listFiles} leaves a file out. @param path - relative to the folder */
export function isIgnored(path: string): boolean {
  return IGNORED.test(path);
}

/**
 * Regular files below a folder, as sorted relative paths with forward slashes.
 * Caches, hidden files and installed packages are left out; symbolic links are refused, since they can point outside.
 * @throws LabError "lab" on a symbolic link
 */
export async function listFiles(folder: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (relative: string): Promise<void> => {
    for (const entry of await readdir(join(folder, relative), { withFileTypes: true })) {
      const path = relative === "" ? entry.name : `${relative}/${entry.name}`;
      if (isIgnored(path)) continue;
      if (entry.isSymbolicLink()) {
        throw new LabError("lab", "symbolic links are not allowed in a lab", {
          where: join(folder, path),
          next: "replace the link by a copy",
        });
      }
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile()) found.push(path);
    }
  };
  await walk("");
  return found.sort();
}
