import type { BuildContext, ContextFile, ContextSource, TreeFile } from "../model/context.js";
import { LabError } from "../model/errors.js";
import { keyOf, sha256 } from "../model/hash.js";

/** Names come from locks and labs that others may have written: none may leave the context. */
function checkPath(path: string): void {
  if (/^[^/\0\\]+(\/[^/\0\\]+)*$/.test(path) && !path.split("/").some((part) => part === ".." || part === ".")) return;
  throw new LabError("input", `${JSON.stringify(path)} is no path inside a build context`, {
    where: path,
    next: "majek-lab lock LAB --update",
  });
}

/**
 * A build context with its cache key: equal contexts give equal trees.
 * @param tree - what the context is built for; `null`: a runnable image
 */
export function buildContext<Tree extends string | null>(
  dockerfile: string,
  files: readonly ContextFile[],
  tree: Tree,
): BuildContext & { readonly tree: Tree } {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  for (const { path } of sorted) checkPath(path);
  const parts = sorted.map(({ path, mode, identity }) => [path, mode, identity]);
  return { dockerfile, files: sorted, tree, key: keyOf({ dockerfile, parts, tree }) };
}

function contextFile(path: string, source: ContextSource, identity: string): ContextFile {
  return { path, mode: 0o644, source, identity };
}

export function textFile(path: string, text: string): ContextFile {
  return contextFile(path, { kind: "text", text }, sha256(text));
}

/** A tree or root file system made earlier. */
export function derivedFile(path: string, key: string): ContextFile {
  return contextFile(path, { kind: "derived", key }, key);
}

/** A locked input below a folder of the context, under its own name. */
export function inputFile(
  folder: string,
  { file, sha256 }: { readonly file: string; readonly sha256: string },
): ContextFile {
  return contextFile(`${folder}/${file}`, { kind: "input", sha256, file }, sha256);
}

/** Files of a folder on disk, below a folder of the context. */
export function treeFiles(folder: string, files: readonly TreeFile[]): ContextFile[] {
  return files.map(({ path, file, sha256 }) => contextFile(`${folder}/${path}`, { kind: "file", path: file }, sha256));
}
