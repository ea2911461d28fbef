import { copyFile, mkdir, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LabError } from "../model/errors.js";
import type { ProjectFiles } from "../model/project.js";

/** Folders of tools and of installed packages; hidden ones are left out too. */
const FOLDERS = new Set(["node_modules", "__pycache__", "venv", "env", "site-packages", "results"]);
/** What may hold secrets or the user's own data: never copied into a lab, which ends up in an image. */
const PRIVATE =
  /(^|[._-])(secrets?|credentials)([._-]|$)|\.(env|pem|key|p12|pfx|jks|ppk|kdbx|dump|log|py[co])$|\.(sqlite3?|db)(-(wal|shm|journal))?$|^env(\.|$)|^id_(rsa|dsa|ecdsa|ed25519)$/i;
const TEXTS = /(\.(py|toml|txt)|uv\.lock)$/;
/** Longer texts are no configuration. Bytes. */
const MAX_TEXT = 2 * 1024 * 1024;
/** A larger file is data, not part of a program. Bytes. */
const MAX_FILE = 20 * 1024 * 1024;

/** What is on disk below a project's folder, without what never becomes part of a lab. */
export interface ProjectTree {
  /** Relative paths with forward slashes, sorted. */
  readonly paths: readonly string[];
  /** Left out, with the reason. */
  readonly left: readonly string[];
}

/** Lists a project. Nothing of it is run, and no link is followed. @throws LabError "usage" where a folder cannot be read */
export async function listProject(folder: string): Promise<ProjectTree> {
  const paths: string[] = [];
  const left: string[] = [];
  const walk = async (relative: string): Promise<void> => {
    const entries = await readdir(join(folder, relative), { withFileTypes: true }).catch((error: Error) => {
      throw new LabError("usage", `the project cannot be read: ${error.message}`, {
        where: join(folder, relative),
        next: "name the folder of a Django project with --path",
        cause: error,
      });
    });
    if (relative !== "" && entries.some(({ name }) => name === "pyvenv.cfg")) return;
    for (const entry of entries) {
      const path = relative === "" ? entry.name : `${relative}/${entry.name}`;
      if (entry.name.startsWith(".") || FOLDERS.has(entry.name)) continue;
      if (entry.isDirectory()) await walk(path);
      else if (entry.isSymbolicLink()) left.push(`${path} left out: a symbolic link`);
      else if (!entry.isFile() || /\.py[co]$/.test(path)) continue;
      else if (PRIVATE.test(entry.name) && !entry.name.endsWith(".py"))
        left.push(`${path} left out: may hold secrets or data`);
      else if ((await stat(join(folder, path))).size > MAX_FILE) left.push(`${path} left out: larger than 20 MB`);
      else paths.push(path);
    }
  };
  await walk("");
  return { paths: paths.sort(), left: left.sort() };
}

/** The texts of a project that detection reads. */
export async function readProject(folder: string, { paths }: ProjectTree): Promise<ProjectFiles> {
  const files = new Map<string, string>();
  for (const path of paths.filter((one) => TEXTS.test(one))) {
    const file = join(folder, path);
    if ((await stat(file)).size <= MAX_TEXT) files.set(path, await readFile(file, "utf8"));
  }
  return files;
}

/** Copies what lies below a root into a new folder. */
export async function copyProject(
  folder: string,
  { paths }: ProjectTree,
  root: string,
  target: string,
): Promise<readonly string[]> {
  const prefix = root === "" ? "" : `${root}/`;
  const copied = paths.filter((path) => path.startsWith(prefix));
  for (const path of copied) {
    const to = join(target, path.slice(prefix.length));
    await mkdir(dirname(to), { recursive: true });
    await copyFile(join(folder, path), to);
  }
  return copied;
}
