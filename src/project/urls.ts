import type { FoundPath, ProjectFiles } from "../model/project.js";
import { codeOf, moduleFile } from "./python.js";

/** Calls of Django's URLconf functions with a literal route: name, route, what stands behind it up to the line's end. */
const ROUTE = /\b(path|re_path|url)\(\s*r?(["'])((?:(?!\2).)*)\2\s*,\s*([^\n]*)/g;
const INCLUDED = /^include\(\s*(?:\(\s*)?["']([\w.]+)["']/;

/** A literal address of a regular expression's route, or `undefined` where it stands for several. */
function literal(kind: string, route: string): string | undefined {
  if (kind === "path") return /[<>]/.test(route) ? undefined : route;
  const plain = route.replace(/^\^/, "").replace(/\$$/, "").replaceAll("\\.", ".").replaceAll("\\/", "/");
  return /[\\^$*+?()[\]{}|]/.test(plain) ? undefined : plain;
}

function routesOf(
  files: ProjectFiles,
  root: string,
  module: string,
  prefix: string,
  seen: readonly string[],
): string[] {
  const file = moduleFile(files, root, module);
  if (file === undefined || seen.includes(module)) return [];
  const code = codeOf(files.get(file) ?? "");
  return [...code.matchAll(ROUTE)].flatMap(([, kind = "", , route = "", rest = ""]) => {
    const part = literal(kind, route);
    if (part === undefined || /^(static|media)\//.test(part)) return [];
    const whole = `${prefix}${part}`;
    const included = INCLUDED.exec(rest)?.[1];
    if (included !== undefined && moduleFile(files, root, included) !== undefined) {
      return routesOf(files, root, included, whole, [...seen, module]);
    }
    return [/admin\.site\.urls|\badmin_urls\b/.test(rest) ? `${whole.replace(/\/?$/, "/")}login/` : whole];
  });
}

/** The most addresses that are taken from a URLconf: beyond these a user knows better which ones matter. */
const MOST = 30;

/**
 * Addresses without parameters that a URLconf names, those of the project's own included ones too. Their answers are
 * not known.
 * @param module - ROOT_URLCONF
 */
export function urlconfPaths(files: ProjectFiles, root: string, module: string): FoundPath[] {
  const routes = routesOf(files, root, module, "/", []).filter((path) => /^\/[A-Za-z0-9._~!&*+,;=:@%/-]*$/.test(path));
  return [...new Set(routes)].slice(0, MOST).map((path) => ({ path, weight: 1, status: null }));
}
