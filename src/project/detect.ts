import { LabError } from "../model/errors.js";
import type { Detected, Fact, FoundPath, ProjectFiles, Wishes } from "../model/project.js";
import { readAccessLog, readUrlList } from "./access-log.js";
import { labDatabase, withDriver } from "./database.js";
import { codeOf, codeWithBases, moduleFile } from "./python.js";
import { collectRequirements, requirementLines, withServer } from "./requirements.js";
import { findServed } from "./served.js";
import { readSettings } from "./settings.js";
import { djangoExtra, pyprojectRequirements, uvRequirements } from "./toml.js";
import { urlconfPaths } from "./urls.js";

/** C++ libraries of wheels: numpy, greenlet and others load it, and the base image of a lab does not have it. */
const APT = ["libstdc++6"];

const SETTINGS = /DJANGO_SETTINGS_MODULE["']\s*(?:,|\]\s*=)\s*["']([\w.]+)["']/;

const depth = (path: string): number => path.split("/").length;

function shallowest(files: ProjectFiles, wanted: (path: string) => boolean): string | undefined {
  return [...files.keys()].filter(wanted).sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1))[0];
}

/**
 * The folder that modules are imported from: manage.py's own, or the one above where manage.py is a module of the package that
 * has the settings, as in projects that are installed from wheels.
 */
function rootOf(files: ProjectFiles, manage: string): string {
  const parts = manage.split("/").slice(0, -1);
  const folder = parts.join("/");
  const own = parts.at(-1);
  const text = codeOf(files.get(manage) ?? "") + codeOf(files.get(`${folder}/wsgi.py`) ?? "");
  const modules = [...text.matchAll(new RegExp(SETTINGS, "g"))].map((match) => match[1] ?? "");
  const above = parts.slice(0, -1).join("/");
  const isInside = modules.some((name) => name.split(".")[0] === own && moduleFile(files, above, name) !== undefined);
  return isInside && moduleFile(files, folder, `${own}`) === undefined ? above : folder;
}

/** The folder of manage.py. One that sets DJANGO_SETTINGS_MODULE itself is the likeliest; some leave that to a module. */
function findRoot(files: ProjectFiles): { readonly root: string; readonly manage: string; readonly why: string } {
  const named = (path: string): boolean => path === "manage.py" || path.endsWith("/manage.py");
  const says = (pattern: RegExp) => shallowest(files, (path) => named(path) && pattern.test(files.get(path) ?? ""));
  const telling = says(SETTINGS) ?? says(/DJANGO_SETTINGS_MODULE/);
  const manage = telling ?? shallowest(files, named);
  if (manage === undefined) {
    throw new LabError("lab", "there is no manage.py", {
      where: "--path",
      next: "name the folder of a Django project with --path",
    });
  }
  const why = telling === undefined ? `there is ${manage}` : `${manage} sets DJANGO_SETTINGS_MODULE`;
  return { manage, root: rootOf(files, manage), why };
}

function within(root: string, path: string): string {
  return root === "" ? path : `${root}/${path}`;
}

/** The module of a file below the root: `a/b.py` is `a.b`. */
function moduleOf(root: string, path: string): string {
  return path
    .slice(root === "" ? 0 : root.length + 1)
    .replace(/\.py$/, "")
    .replaceAll("/", ".");
}

interface Entry {
  readonly settings: Fact;
  readonly wsgiFile: string | undefined;
}

function findSettings(files: ProjectFiles, root: string, manage: string, wished: string | undefined): Entry {
  const wsgiFile = shallowest(files, (path) => path.endsWith("/wsgi.py") && path.startsWith(within(root, "")));
  if (wished !== undefined) return { wsgiFile, settings: { what: "settings", value: wished, why: "--settings" } };
  // Servers use what wsgi.py names; manage.py often names the settings of a developer.
  for (const file of [wsgiFile, manage]) {
    const value = file === undefined ? undefined : SETTINGS.exec(codeOf(files.get(file) ?? ""))?.[1];
    if (file !== undefined && value !== undefined && moduleFile(files, root, value) !== undefined) {
      return { wsgiFile, settings: { what: "settings", value, why: `DJANGO_SETTINGS_MODULE in ${file}` } };
    }
  }
  const likely = shallowest(
    files,
    (path) => /\/settings(\/__init__)?\.py$/.test(path) && path.startsWith(within(root, "")),
  );
  if (likely !== undefined) {
    const value = moduleOf(root, likely.replace(/\/__init__\.py$/, ".py"));
    return {
      wsgiFile,
      settings: { what: "settings", value, why: `there is ${likely}, and ${manage} does not name them` },
    };
  }
  throw new LabError("lab", "the settings that wsgi.py and manage.py name are not among the project's files", {
    where: manage,
    next: "name the module with --settings, such as --settings mysite.settings",
  });
}

/** Files that name requirements, the most exact first; each below manage.py's folder or the project's own. */
const SOURCES = [
  "uv.lock",
  "requirements.txt",
  "requirements/production.txt",
  "requirements/base.txt",
  "pyproject.toml",
];

/** What a file requires, and where in it that stands. */
function parseSource(name: string, text: string, files: ProjectFiles): readonly [names: string[], where: string] {
  if (name.endsWith("uv.lock")) return [uvRequirements(text), name];
  if (!name.endsWith(".toml")) return [requirementLines(text, (path) => files.get(path), name), name];
  const [own, more] = [pyprojectRequirements(text), djangoExtra(text)];
  if (more === undefined) return [own, name];
  return [[...own, ...more.names], `${name}, with its extra ${more.extra}, which has Django`];
}

function findRequirements(files: ProjectFiles, root: string, wished: Wishes["requirements"]) {
  const places = SOURCES.flatMap((name) => [...new Set([within(root, name), name])]);
  const all = wished ? [wished] : places.map((name) => ({ name, text: files.get(name) ?? "" }));
  for (const { name, text } of all) {
    let found: string[];
    let where: string;
    try {
      [found, where] = parseSource(name, text, files);
    } catch (error) {
      const next = "correct the file, or name another with --requirements";
      throw new LabError("lab", `cannot be read: ${(error as Error).message.split("\n")[0]}`, { where: name, next });
    }
    const { names, remarks } = collectRequirements(found);
    if (found.length === 0) continue;
    const fact: Fact = {
      what: "requirements",
      value: `${names.length}`,
      why: `${wished ? "--requirements " : ""}${where}`,
    };
    return { names, remarks, fact };
  }
  const { names, remarks } = collectRequirements(["Django==5.2.*"]);
  const why = `none of ${SOURCES.join(", ")} names any: Django's long-term release was taken`;
  return { names, remarks, fact: { what: "requirements", value: `${names.length}`, why } };
}

function findPaths(
  files: ProjectFiles,
  root: string,
  urlconf: string | undefined,
  { urls, accessLog }: Wishes,
): { readonly paths: readonly FoundPath[]; readonly why: string } {
  if (accessLog !== undefined) {
    const { paths, unread, left } = readAccessLog(accessLog);
    return { paths, why: `--access-log; ${left} requests left out, ${unread} lines not understood` };
  }
  if (urls !== undefined) return { paths: readUrlList(urls), why: "--urls" };
  const paths = urlconf === undefined ? [] : urlconfPaths(files, root, urlconf);
  if (paths.length > 0) return { paths, why: `routes without parameters in ${urlconf}, with equal weights` };
  return { paths: [{ path: "/", weight: 1, status: null }], why: "no route without parameters was found" };
}

/**
 * Finds out how a Django project is run, from its texts alone: nothing of it is executed.
 * @throws LabError "lab" where it is none, or where a file that matters cannot be read
 */
export function detectProject(files: ProjectFiles, wishes: Wishes = {}): Detected {
  const { root, manage, why: whyRoot } = findRoot(files);
  const { settings, wsgiFile } = findSettings(files, root, manage, wishes.settings);
  const database = wishes.database ?? "sqlite";
  const read = readSettings(codeWithBases(files, root, settings.value), database);
  const asgiFile = shallowest(files, (path) => path.endsWith("/asgi.py") && path.startsWith(within(root, "")));
  const entries = { wsgiFile, asgiFile, wsgi: read.wsgi, asgi: read.asgi };
  const served = findServed(entries, wishes, (path) => moduleOf(root, path));
  const requirements = findRequirements(files, root, wishes.requirements);
  const driven = withDriver(withServer(requirements.names, served.asgi), database);
  const { paths, why } = findPaths(files, root, read.rootUrlconf, wishes);
  const server = shallowest(files, (path) => /(^|\/)gunicorn(\.conf|_conf|_config)?\.py$/.test(path));
  const preloads = server !== undefined && /^\s*preload_app\s*=\s*True/m.test(codeOf(files.get(server) ?? ""));
  return {
    root,
    settings: settings.value,
    wsgi: served.wsgi,
    asgi: served.asgi,
    database,
    requirements: driven.names,
    apt: [...APT, ...labDatabase(database).apt],
    paths,
    steps: read.steps,
    env: read.env,
    preloads,
    overrides: read.overrides,
    facts: [
      { what: "project", value: root === "" ? "." : root, why: whyRoot },
      settings,
      ...served.facts,
      requirements.fact,
      ...driven.facts,
      { what: "addresses", value: `${paths.length}`, why },
      { what: "today", value: preloads ? "preload" : "no-preload", why: server ?? "gunicorn's default" },
      ...read.facts,
    ],
    remarks: [...requirements.remarks, ...read.remarks],
  };
}
