import { join } from "node:path";
import type { TreeFile } from "../model/context.js";
import { listFiles } from "./files.js";
import { sha256File } from "./hash.js";

/**
 * The files of a folder with their hashes, sorted by path; what {@link listFiles} leaves out is left out.
 * @param folder - absolute
 * @throws LabError "lab" on a symbolic link
 */
export async function readTree(folder: string): Promise<TreeFile[]> {
  const files: TreeFile[] = [];
  for (const path of await listFiles(folder)) {
    const file = join(folder, path);
    files.push({ path, file, sha256: await sha256File(file) });
  }
  return files;
}

/** Whether a file is one of those that are left out, or below one. @param except - relative files and folders */
export function isLeftOut(path: string, except: readonly string[]): boolean {
  return except.some((one) => path === one || path.startsWith(`${one}/`));
}

/**
 * The files of folders that are laid over each other, sorted by path: of equal paths the last folder's.
 * @param layers - absolute folders, with the files and folders of each that are left out
 * @throws LabError "lab" on a symbolic link
 */
export async function readLayers(
  layers: readonly { readonly folder: string; readonly except: readonly string[] }[],
): Promise<TreeFile[]> {
  const files = new Map<string, TreeFile>();
  for (const { folder, except } of layers) {
    for (const file of await readTree(folder)) {
      if (!isLeftOut(file.path, except)) files.set(file.path, file);
    }
  }
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
