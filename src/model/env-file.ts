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

/** Shorter values are found everywhere, and hiding them would only spoil the text. Characters. */
const LEAST = 6;

/** A text with the values of secrets replaced by their names. */
export function redact(text: string, secrets: Readonly<Record<string, string>>): string {
  const known = Object.entries(secrets).filter(([, value]) => value.length >= LEAST);
  known.sort((a, b) => b[1].length - a[1].length);
  return known.reduce((rest, [name, value]) => rest.replaceAll(value, `[${name}]`), text);
}
