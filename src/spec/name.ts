import { basename, dirname, join } from "node:path";
import { readTextIfPresent } from "../system/files.js";
import { parseLab } from "./parse.js";

/**
 * The name of a lab that may be damaged: what its file says, as far as it can be read, else its folder's name.
 * @param path - the lab's folder or file, absolute
 */
export async function labName(path: string): Promise<string> {
  const file = /\.ya?ml$/.test(path) ? path : join(path, "lab.yaml");
  const text = (await readTextIfPresent(file).catch(() => undefined)) ?? "";
  const plain = /^name:[ \t]*["']?([a-z0-9-]+)/m.exec(text)?.[1];
  return parseLab(text).spec?.name ?? plain ?? basename(dirname(file));
}
