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
