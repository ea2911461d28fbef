import { parse } from "smol-toml";
import { normalName } from "./requirements.js";

type Table = Readonly<Record<string, unknown>>;

const table = (value: unknown): Table => (value !== null && typeof value === "object" ? (value as Table) : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Poetry's `^1.2` and `~1.2`, in the operators of PEP 440. */
function poetryVersion(constraint: string): string {
  const [, sign = "", version = ""] = /^([\^~])\s*(\d[\w.]*)$/.exec(constraint.trim()) ?? [];
  if (sign === "") return /^\d/.test(constraint.trim()) ? `==${constraint.trim()}` : constraint.replace(/^\*$/, "");
  const parts = version.split(".").map((part) => Number.parseInt(part, 10) || 0);
  // A caret keeps the first part that is not zero; a tilde keeps the second.
  const first = parts.findIndex((part) => part > 0);
  const kept = sign === "~" ? Math.min(1, parts.length - 1) : first < 0 ? parts.length - 1 : first;
  const bound = parts.slice(0, kept + 1).map((part, index) => (index === kept ? part + 1 : part));
  return `>=${version},<${bound.join(".")}`;
}

function poetryRequirement(name: string, value: unknown): string[] {
  if (name.toLowerCase() === "python") return [];
  const details = table(value);
  if (details["optional"] === true) return [];
  const extras = list(details["extras"]).map(text).join(",");
  const source = text(details["git"]) || text(details["path"]) || text(details["url"]);
  const version = typeof value === "string" ? value : text(details["version"]);
  return [`${name}${extras && `[${extras}]`}${source ? ` @ ${source}` : poetryVersion(version)}`];
}

/**
 * Dependencies of a pyproject.toml: `[project]` (PEP 621), else Poetry's table; no groups, which are for development.
 * @throws the parser's error for what is no TOML
 */
export function pyprojectRequirements(source: string): string[] {
  const file = parse(source);
  const declared = list(table(file["project"])["dependencies"]).map(text);
  if (declared.length > 0) return declared;
  const poetry = table(table(table(file["tool"])["poetry"])["dependencies"]);
  return Object.entries(poetry).flatMap(([name, value]) => poetryRequirement(name, value));
}

/**
 * Dependencies of the extra that brings Django, for a package that is a client first and has its server in an extra.
 * @returns `undefined` where Django is among the dependencies themselves, or in no extra
 * @throws the parser's error for what is no TOML
 */
export function djangoExtra(source: string): { readonly extra: string; readonly names: readonly string[] } | undefined {
  const namesDjango = (names: readonly string[]): boolean => names.some((one) => normalName(one) === "django");
  if (namesDjango(pyprojectRequirements(source))) return undefined;
  const extras = table(table(parse(source)["project"])["optional-dependencies"]);
  const found = Object.entries(extras).map(([extra, value]) => ({ extra, names: list(value).map(text) }));
  return found.find(({ names }) => namesDjango(names));
}

/**
 * Exact versions of a uv.lock: what the project itself needs, and what that needs, without development groups.
 * @throws the parser's error for what is no TOML
 */
export function uvRequirements(source: string): string[] {
  const packages = list(parse(source)["package"]).map(table);
  const byName = new Map(packages.map((one) => [text(one["name"]), one]));
  const isRoot = (one: Table): boolean => {
    const from = table(one["source"]);
    return from["virtual"] !== undefined || from["editable"] !== undefined;
  };
  const seen = new Map<string, string>();
  const visit = (one: Table, extras: readonly string[]): void => {
    const optional = table(one["optional-dependencies"]);
    const wanted = [...list(one["dependencies"]), ...extras.flatMap((extra) => list(optional[extra]))].map(table);
    for (const entry of wanted) {
      const [name, marker] = [text(entry["name"]), text(entry["marker"])];
      const target = byName.get(name);
      if (target === undefined || seen.has(name)) continue;
      const version = text(target["version"]);
      seen.set(name, `${name}==${version}${marker && ` ; ${marker}`}`);
      visit(target, list(entry["extra"]).map(text));
    }
  };
  for (const one of packages.filter(isRoot)) visit(one, []);
  return [...seen.values()].sort((a, b) => (normalName(a) < normalName(b) ? -1 : 1));
}
