import { posix } from "node:path";

/** Requirements as a lab file can hold them, and what had to be left out. */
export interface Requirements {
  readonly names: readonly string[];
  readonly remarks: readonly string[];
}

/** What app.requirements takes: a name with extras and versions (src/spec/schema.ts). */
const PLAIN =
  /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(\[[A-Za-z0-9._-]+(,[A-Za-z0-9._-]+)*\])? *((~=|===?|!=|<=?|>=?) *[A-Za-z0-9.*+!_-]+( *, *(~=|===?|!=|<=?|>=?) *[A-Za-z0-9.*+!_-]+)*)?$/;

/** The server of the fleet, which the harness is made for. */
const SERVER = "gunicorn==26.*";

/** Values of PEP 508 markers in a lab: CPython 3.13 on Linux. */
const MARKERS: Readonly<Record<string, string>> = {
  python_version: "3.13",
  python_full_version: "3.13.5",
  sys_platform: "linux",
  platform_system: "Linux",
  os_name: "posix",
  implementation_name: "cpython",
  platform_python_implementation: "CPython",
};

/** A project's name as the package index compares it (PEP 503). */
export function normalName(requirement: string): string {
  const name = /^[A-Za-z0-9._-]+/.exec(requirement)?.[0] ?? requirement;
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(".").map((part) => Number.parseInt(part, 10) || 0));
  for (let index = 0; index < Math.max(left?.length ?? 0, right?.length ?? 0); index += 1) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function comparisonHolds(text: string): boolean | undefined {
  const [, name = "", operator = "", value = ""] =
    /^\(*\s*(\w+)\s*(==|!=|<=?|>=?)\s*["']([^"']*)["']\s*\)*$/.exec(text) ?? [];
  const actual = MARKERS[name];
  if (actual === undefined) return undefined;
  if (operator === "==") return actual === value;
  if (operator === "!=") return actual !== value;
  if (!name.startsWith("python")) return undefined;
  const order = compareVersions(actual, value);
  return operator === "<" ? order < 0 : operator === "<=" ? order <= 0 : operator === ">" ? order > 0 : order >= 0;
}

/**
 * Whether a marker (PEP 508) holds in a lab. Only `and` and `or` of comparisons are understood, without nesting.
 * @returns `undefined` where it is not understood
 */
export function markerHolds(marker: string): boolean | undefined {
  const any = marker.split(/\s+or\s+/).map((part) => {
    const all = part.split(/\s+and\s+/).map((one) => comparisonHolds(one.trim()));
    return all.includes(false) ? false : all.includes(undefined) ? undefined : true;
  });
  return any.includes(true) ? true : any.includes(undefined) ? undefined : false;
}

/** One requirement: kept, dropped because of its marker, or refused with a remark. */
function readOne(text: string): { readonly kept?: string; readonly remark?: string } {
  const [requirement = "", marker] = text.split(/\s*;\s*/, 2);
  const plain = requirement
    .trim()
    .replace(/\(([^)]*)\)$/, "$1")
    .replace(/\s+/g, " ");
  if (marker !== undefined && markerHolds(marker) === false) return {};
  if (PLAIN.test(plain)) return { kept: plain };
  const [, missing] = /^-r (.*)$/.exec(plain) ?? [];
  if (missing !== undefined) {
    return { remark: `${missing} is not in the project: add what it requires to app.requirements` };
  }
  return {
    remark: `${plain} cannot be locked by name and version and was left out: add a release of it to app.requirements`,
  };
}

/** Requirements from a list of PEP 508 texts, the server among them, each project once. */
export function collectRequirements(texts: readonly string[]): Requirements {
  const kept = new Map<string, string>();
  const remarks: string[] = [];
  for (const text of texts) {
    const { kept: one, remark } = readOne(text);
    if (remark !== undefined) remarks.push(remark);
    if (one !== undefined && !kept.has(normalName(one))) kept.set(normalName(one), one);
  }
  const server = kept.get("gunicorn");
  if (server !== undefined && server !== SERVER)
    remarks.push(`${server} became ${SERVER}, which the fleet is made for`);
  kept.delete("gunicorn");
  if (kept.has("psycopg2")) {
    kept.set("psycopg2", (kept.get("psycopg2") ?? "").replace(/^psycopg2/i, "psycopg2-binary"));
    remarks.push("psycopg2 became psycopg2-binary: psycopg2 exists only as source and needs PostgreSQL's headers");
  }
  return { names: [...kept.values(), SERVER], remarks };
}

/**
 * Lines of a requirements file (pip's format), files that it includes in their place: those lie where the file says that
 * includes them. What is not there stays as `-r FILE`.
 * @param read - the text of a file of the project, by its path there
 * @param path - of the file itself
 */
export function requirementLines(
  text: string,
  read: (path: string) => string | undefined,
  path: string,
  seen: readonly string[] = [],
): string[] {
  const joined = text.replace(/\\\r?\n/g, " ");
  return joined.split(/\r?\n/).flatMap((line) => {
    const plain = line
      .replace(/(^|\s)#.*$/, "")
      .replace(/\s--hash[= ]\S+/g, "")
      .trim();
    const included = /^(?:-r|--requirement)[\s=]*(\S+)$/.exec(plain)?.[1];
    if (included !== undefined) {
      const file = posix.join(posix.dirname(path), included);
      if (file === path || seen.includes(file)) return [];
      const more = read(file);
      return more === undefined ? [`-r ${file}`] : requirementLines(more, read, file, [...seen, path]);
    }
    if (plain === "" || (/^-/.test(plain) && !/^(-e|--editable)\s/.test(plain))) return [];
    return [plain];
  });
}

/** What serves ASGI under gunicorn; a project's own release of it stays. */
const ASGI_SERVER = ["uvicorn", "uvicorn-worker"];

/** Requirements with what serves an ASGI application, where there is one. */
export function withServer(names: readonly string[], asgi: string | null): readonly string[] {
  if (asgi === null) return names;
  const known = new Set(names.map(normalName));
  return [...names, ...ASGI_SERVER.filter((name) => !known.has(name))];
}
