import type { FoundPath, ProjectFiles } from "../model/project.js";
import { codeOf, moduleFile } from "./python.js";

/** Beginnings of calls of Django's URLconf functions with a literal route: name, quote, route. */
const ROUTE = /\b(path|re_path|url)\(\s*r?(["'])((?:(?!\2).)*)\2\s*,\s*/g;
const INCLUDED = /^include\(\s*(?:\(\s*)?["']([\w.]+)["']/;
/** What counts for where a call ends: strings, which may hold brackets, and brackets. */
const TOKEN = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[([{]|[)\]}]/g;

/** A call of a URLconf function: where it stands, and what it says. */
interface Route {
  readonly start: number;
  readonly end: number;
  /** `undefined` where it stands for several addresses. */
  readonly part: string | undefined;
  /** What is behind the route, up to the call's end. */
  readonly rest: string;
}

/** A literal address of a regular expression's route, or `undefined` where it stands for several. */
function literal(kind: string, route: string): string | undefined {
  if (kind === "path") return /[<>]/.test(route) ? undefined : route;
  const plain = route.replace(/^\^/, "").replace(/\$$/, "").replaceAll("\\.", ".").replaceAll("\\/", "/");
  return /[\\^$*+?()[\]{}|]/.test(plain) ? undefined : plain;
}

/** Where the bracket closes that is open at a place of the code; the code's end where it never does. */
function closing(code: string, from: number): number {
  let open = 1;
  TOKEN.lastIndex = from;
  for (let token = TOKEN.exec(code); token !== null; token = TOKEN.exec(code)) {
    if ("([{".includes(token[0])) open += 1;
    else if (")]}".includes(token[0])) open -= 1;
    if (open === 0) return token.index;
  }
  return code.length;
}

function routesIn(code: string): Route[] {
  return [...code.matchAll(ROUTE)].map((match) => {
    const [whole, kind = "", , route = ""] = match;
    const behind = match.index + whole.length;
    const end = closing(code, behind);
    return { start: match.index, end, part: literal(kind, route), rest: code.slice(behind, end) };
  });
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
  const routes = routesIn(codeOf(files.get(file) ?? ""));
  return routes.flatMap((route) => {
    // include([...]) has its routes within the call: they stand behind what that call says.
    const around = routes.filter(({ start, end }) => start < route.start && route.start < end);
    const parts = [...around, route].map(({ part }) => part);
    if (parts.includes(undefined) || /^(static|media)\//.test(route.part ?? "")) return [];
    const whole = `${prefix}${parts.join("")}`;
    const included = INCLUDED.exec(route.rest)?.[1];
    if (included !== undefined && moduleFile(files, root, included) !== undefined) {
      return routesOf(files, root, included, whole, [...seen, module]);
    }
    if (/^include\(\s*\(?\s*\[/.test(route.rest)) return [];
    return [/admin\.site\.urls|\badmin_urls\b/.test(route.rest) ? `${whole.replace(/\/?$/, "/")}login/` : whole];
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
