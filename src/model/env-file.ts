import { LabError } from "./errors.js";

const NAME = /^(?!MAJEK_LAB_|LD_|PATH$|PYTHONPATH$)[A-Za-z_][A-Za-z0-9_]*$/;

/** A value without its quotes; only double quotes know `\n` and other escapes. */
function unquoted(text: string): string {
  const [, double, single] = /^(?:"((?:[^"\\]|\\.)*)"|'([^']*)')\s*(?:#.*)?$/.exec(text) ?? [];
  if (double !== undefined) return double.replace(/\\(.)/g, (_, one: string) => (one === "n" ? "\n" : one));
  return single ?? text.replace(/\s#.*$/, "").trim();
}

/**
 * Variables of an env file: `NAME=value` a line, `export ` before it allowed, `#` remarks, quoted values. No message
 * shows a value.
 * @param file - its name, for errors
 * @throws LabError "usage" with the number of the line that is none
 */
export function parseEnvFile(text: string, file: string): Readonly<Record<string, string>> {
  const found: [string, string][] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    const plain = line.trim();
    if (plain === "" || plain.startsWith("#")) return;
    const [, name = "", value = ""] = /^(?:export\s+)?([^=\s]+)\s*=\s*(.*)$/.exec(plain) ?? [];
    if (!NAME.test(name)) {
      const next = "write NAME=value; names of majek-lab, of the loader and of Python's path are not for it";
      throw new LabError("usage", "is no variable of an env file", { where: `${file}:${index + 1}`, next });
    }
    found.push([name, unquoted(value)]);
  });
  return Object.fromEntries(found);
}

/** Shorter values are found everywhere: they are hidden where they stand behind their names only. Characters. */
const LEAST = 6;

/** The password of a value such as `postgres://user:password@host/name`, as it stands there and as it is meant. */
function passwordsIn(value: string): string[] {
  const [, encoded = ""] = /^[a-z][a-z0-9+.-]*:\/\/[^/@:]*:([^/@]+)@/i.exec(value) ?? [];
  try {
    return [encoded, decodeURIComponent(encoded)];
  } catch {
    return [encoded];
  }
}

/** Programs cut long texts, blame the keys of dicts (src/measure/blame/fields.ts). Characters. */
const CUT = 40;

/** What Python's html.escape makes of a character, and so Django. */
const HTML: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };

const inHtml = (text: string): string => text.replace(/[&<>"']/g, (one) => HTML[one] ?? one);

/** What encodeURIComponent leaves and Python's urllib does not. */
const inAddress = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);

/** As Python's json.dumps writes it: letters beyond ASCII as numbers. */
const inAscii = (text: string): string =>
  escaped(text).replace(/[\u0080-\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** As Python's repr shows it between single quotes, where no double ones are, and where both are. */
const inRepr = (text: string): string[] => {
  const doubled = text.replaceAll("\\", "\\\\");
  return [doubled, doubled.replaceAll("'", "\\'")];
};

/** How programs show a value: whole, line by line, cut, as a literal, in an address, on a page; and a password in it. */
function shapesOf(value: string): string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  const cut = value.slice(0, CUT);
  const address = inAddress(value);
  const addresses = [
    encodeURIComponent(value),
    address,
    address.replaceAll("%2F", "/"),
    address.replaceAll("%20", "+"),
  ];
  const literals = [value, ...inRepr(value)];
  const written = [escaped(value), inAscii(value), ...literals, ...literals.map(inHtml), ...addresses];
  const shapes = [...lines, ...written, cut, escaped(cut), ...passwordsIn(value)];
  return [...new Set(shapes)].filter((shape) => shape.length >= LEAST);
}

/** `NAME=value`, `"NAME": "value"` and the like. */
function behindName(name: string, value: string): RegExp {
  const quoted = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(\\b${quoted(name)}["']?\\s*[=:]\\s*["']?)${quoted(value)}(?!\\w)`, "g");
}

/** Names with their values; a name may stand more than once. */
export type Variables = readonly (readonly [name: string, value: string])[];

/** What hides values of many places, which may share names: made once, as their shapes are many and texts may be, too. */
function hider(entries: Variables): (text: string) => string {
  const long = entries.flatMap(([name, value]) => shapesOf(value).map((shape) => [name, shape] as const));
  long.sort((a, b) => b[1].length - a[1].length);
  const short = entries
    .filter(([, value]) => value !== "" && value.length < LEAST)
    .map(([name, value]) => [name, behindName(name, value)] as const);
  return (text) => {
    const hidden = long.reduce((rest, [name, shape]) => rest.replaceAll(shape, () => `[${name}]`), text);
    return short.reduce((rest, [name, pattern]) => rest.replace(pattern, `$1[${name}]`), hidden);
  };
}

/** A text with the values of secrets replaced by their names. */
export function redact(text: string, secrets: Readonly<Record<string, string>>): string {
  return redactAll(text, Object.entries(secrets));
}

/** The same for values of many places, which may share names. */
export function redactAll(text: string, entries: Variables): string {
  return hider(entries)(text);
}

/** Data with secrets hidden in every string of it. */
export function redactDeep<T>(data: T, secrets: Readonly<Record<string, string>>): T {
  const hideText = hider(Object.entries(secrets));
  const hide = (value: unknown): unknown => {
    if (typeof value === "string") return hideText(value);
    if (Array.isArray(value)) return value.map(hide);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [hideText(key), hide(one)]));
  };
  return Object.keys(secrets).length === 0 ? data : (hide(data) as T);
}

/** An error as users may see it; what is no LabError stays as it is. */
export function redactError(error: unknown, secrets: Readonly<Record<string, string>>): unknown {
  if (!(error instanceof LabError) || Object.keys(secrets).length === 0) return error;
  const { code, message, where, next, details, cause } = error;
  const known = { message, where, next, details };
  const shown = redactDeep(known, secrets);
  // Who knows it by what it is finds the same one.
  if (JSON.stringify(shown) === JSON.stringify(known)) return error;
  return new LabError(code, shown.message, {
    details: shown.details,
    cause,
    ...(shown.where === undefined ? {} : { where: shown.where }),
    ...(shown.next === undefined ? {} : { next: shown.next }),
  });
}
