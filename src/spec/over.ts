import { nearest } from "../model/suggest.js";
import { isLeftOut } from "../system/trees.js";
import type { Over } from "./parse.js";
import type { Locator } from "./positions.js";
import { dotted, type Problem } from "./problems.js";

const MOST_NAMED = 3;

/** What can be left out: files, and the folders on the way to them. */
function namesOf(files: readonly string[]): string[] {
  const above = (path: string) => path.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"));
  return [...new Set(files.flatMap(above))];
}

const lastOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** By the whole path, else by its last part: a folder may have been forgotten. */
function nearPaths(path: string, names: readonly string[]): string[] {
  const near = nearest(path, names, MOST_NAMED);
  return near.length > 0 ? near : names.filter((name) => lastOf(name) === lastOf(path)).slice(0, MOST_NAMED);
}

/**
 * Names in `app.over.except` that leave nothing out: typing errors, or files that were renamed since.
 * @param files - the other lab's application, as relative paths
 */
export function exceptProblems({ lab, except }: Over, files: readonly string[], locate: Locator): Problem[] {
  return except.flatMap((name, index) => {
    if (files.some((file) => isLeftOut(file, [name]))) return [];
    const path = ["app", "over", "except", index];
    const near = nearPaths(name, namesOf(files)).map((one) => JSON.stringify(one));
    const hint = near.length === 0 ? "" : `; did you mean ${near.join(" or ")}?`;
    const message = `the application of ${lab} has no file or folder ${name}${hint}`;
    return [{ ...locate.value(path), path: dotted(path), message }];
  });
}
