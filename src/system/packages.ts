import { readdir, realpath } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { LabError } from "../model/errors.js";
import { readTextIfPresent } from "./files.js";

/** A Node package in a node_modules folder. */
export interface InstalledPackage {
  /** Its folder below the outermost node_modules, with forward slashes: `a`, or `a/node_modules/b`. */
  readonly place: string;
  /** Absolute. */
  readonly folder: string;
  readonly version: string;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Of package-lock.json: versions by `node_modules/...`. */
interface Lock {
  readonly packages?: Readonly<Record<string, { readonly version?: string }>>;
}

async function readJson<T>(file: string): Promise<T | undefined> {
  const text = await readTextIfPresent(file);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

function unusable(name: string, what: string, where: string): LabError {
  return new LabError("input", `the Node package ${name} ${what}`, {
    where,
    next: "install majek-lab again: npm ci in a checkout, npm install elsewhere",
  });
}

/** What a package cannot do without. The registry's packages name optional ones twice. */
function needs({ dependencies = {}, optionalDependencies = {} }: Manifest): string[] {
  return Object.keys(dependencies).filter((name) => !Object.hasOwn(optionalDependencies, name));
}

/** Finds a package as Node does: in the node_modules of this folder, else of one above, up to the outermost. */
async function find(from: string, name: string, outermost: string): Promise<{ folder: string; manifest: Manifest }> {
  for (let above = from; ; above = dirname(above)) {
    const modules = basename(above) === "node_modules" ? above : join(above, "node_modules");
    const folder = join(modules, name);
    const manifest = await readJson<Manifest>(join(folder, "package.json"));
    if (manifest !== undefined) return { folder, manifest };
    if (modules === outermost || above === dirname(above)) throw unusable(name, "is not installed", outermost);
  }
}

/** The node_modules folder that has everything: the package's own in a checkout, else the one that it lies in. */
function modulesOf(packageRoot: string): string {
  const above = dirname(packageRoot);
  return basename(above) === "node_modules" ? above : join(packageRoot, "node_modules");
}

/**
 * The packages that this package needs to run, as they are installed: what its `dependencies` lead to, found as Node finds
 * them, without optional ones, by place. Nothing is installed or asked for.
 * @param packageRoot - absolute; where package-lock.json lies beside package.json, versions must be those that it has
 * @throws LabError "input" for one that is missing, is linked from elsewhere, or has another version than the lock
 */
export async function installedPackages(packageRoot: string): Promise<readonly InstalledPackage[]> {
  const outermost = modulesOf(packageRoot);
  const lock = await readJson<Lock>(join(packageRoot, "package-lock.json"));
  const found = new Map<string, InstalledPackage>();
  const visit = async (from: string, manifest: Manifest): Promise<void> => {
    for (const name of needs(manifest)) {
      const { folder, manifest: own } = await find(from, name, outermost);
      const place = relative(outermost, folder).split(sep).join("/");
      if (found.has(place)) continue;
      if ((await realpath(folder)) !== folder) throw unusable(name, "is linked, not installed", folder);
      const locked = lock?.packages?.[`node_modules/${place}`]?.version ?? own.version;
      if (locked !== own.version)
        throw unusable(name, `is ${own.version}, and package-lock.json has ${locked}`, folder);
      found.set(place, { place, folder, version: own.version ?? "" });
      await visit(folder, own);
    }
  };
  await visit(packageRoot, (await readJson<Manifest>(join(packageRoot, "package.json"))) ?? {});
  return [...found.values()].sort((a, b) => (a.place < b.place ? -1 : 1));
}

/**
 * Files of a package as its archive has them, sorted: without packages inside of it, and without what node-gyp built here
 * (a folder `build` beside `binding.gyp`), which is of this machine.
 * @param folder - absolute
 * @returns relative, with forward slashes
 */
export async function packageFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  const walk = async (below: string): Promise<void> => {
    const entries = await readdir(join(folder, below), { withFileTypes: true });
    const compiles = entries.some(({ name }) => name === "binding.gyp");
    for (const entry of entries) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isFile()) files.push(path);
      else if (entry.isDirectory() && entry.name !== "node_modules" && !(compiles && entry.name === "build"))
        await walk(path);
    }
  };
  await walk("");
  return files.sort();
}
