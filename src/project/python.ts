import type { ProjectFiles } from "../model/project.js";

/** Python source without remarks and doc strings, so that patterns do not find what is only talked about. */
export function codeOf(source: string): string {
  return source
    .replace(/("""|''')[\s\S]*?\1/g, (text) => (/^\s*$/.test(text) ? text : '""'))
    .replace(/^((?:[^"'#\n]|"[^"\n]*"|'[^'\n]*')*)#.*$/gm, "$1");
}

/** Path of a module below a root: `a.b` is `a/b.py` or `a/b/__init__.py`. */
export function moduleFile(files: ProjectFiles, root: string, module: string): string | undefined {
  const base = [root, ...module.split(".")].filter(Boolean).join("/");
  return [`${base}.py`, `${base}/__init__.py`].find((path) => files.has(path));
}

/** A relative module name as an absolute one: `.base` in `mysite.settings.dev` is `mysite.settings.base`. */
export function absoluteModule(name: string, inside: string, isPackage: boolean): string {
  const dots = /^\.*/.exec(name)?.[0].length ?? 0;
  if (dots === 0) return name;
  const parts = inside.split(".");
  const kept = parts.slice(0, parts.length - dots + (isPackage ? 1 : 0));
  return [...kept, name.slice(dots)].filter(Boolean).join(".");
}

/** Python's glob patterns, without sets of letters: neither a star nor a question mark stands for a slash. */
function globbed(pattern: string): RegExp {
  const literal = pattern.replaceAll(".", "\\.");
  return new RegExp(`^${literal.replaceAll("*", "[^/]*").replaceAll("?", "[^/]")}$`);
}

/**
 * Files that settings take over by split_settings: those of `include(...)` and of lists, not those of dicts, which are
 * chosen from. Patterns stand for the project's files, in the order of their names.
 */
function includedFiles(files: ProjectFiles, code: string, path: string): string[] {
  if (!/\bsplit_settings\b/.test(code)) return [];
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  return [...code.matchAll(/(?<!:\s*)["']([\w/*?-]+\.py)["']/g)].flatMap(([, name = ""]) => {
    if (!/[*?]/.test(name)) return [`${folder}${name}`];
    const wanted = globbed(name);
    const found = [...files.keys()].filter((file) => file.startsWith(folder) && wanted.test(file.slice(folder.length)));
    return found.filter((file) => file !== path).sort();
  });
}

/** Code of a module, and before it that of every module of the project whose names it takes over. */
export function codeWithBases(files: ProjectFiles, root: string, module: string, seen = new Set<string>()): string {
  const path = moduleFile(files, root, module);
  if (path === undefined || seen.has(path)) return "";
  seen.add(path);
  const code = codeOf(files.get(path) ?? "");
  const isPackage = path.endsWith("/__init__.py");
  const bases = [...code.matchAll(/^\s*from\s+(\.*[\w.]*)\s+import\s+\*/gm)].map(([, name = ""]) =>
    codeWithBases(files, root, absoluteModule(name, module, isPackage), seen),
  );
  const included = includedFiles(files, code, path).map((one) => codeOf(files.get(one) ?? ""));
  return [...bases, ...included, code].join("\n");
}
