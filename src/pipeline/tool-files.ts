import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { LabError } from "../model/errors.js";
import { installedPackages, packageFiles } from "../system/packages.js";

const execute = promisify(execFile);

/** A file of the tool, or of a Node package that it needs. */
export interface ToolFile {
  /** Below a node_modules folder, with forward slashes. */
  readonly name: string;
  /** Where it is now, absolute. */
  readonly path: string;
  /** 0o755 for programs, else 0o644. */
  readonly mode: number;
}

/** Without scripts and network: nothing is built, and nothing but the package's own folder is looked at. */
const LIST = ["pack", "--dry-run", "--json", "--ignore-scripts", "--offline", "--loglevel=silent"];

/** The files of the package that `npm pack` would make, relative and sorted. */
async function ownFiles(packageRoot: string, signal: AbortSignal): Promise<string[]> {
  try {
    const { stdout } = await execute("npm", LIST, { cwd: packageRoot, maxBuffer: 1 << 26, signal });
    const [{ files }]: [{ readonly files: readonly { readonly path: string }[] }] = JSON.parse(stdout);
    return files.map(({ path }) => path).sort();
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new LabError("failed", "npm does not say which files the tool has", {
      where: packageRoot,
      details: [(cause as Error).message.split("\n")[0] ?? ""],
      next: "install npm, which comes with Node",
      cause,
    });
  }
}

async function toolFile(name: string, path: string): Promise<ToolFile> {
  const { mode } = await stat(path);
  return { name, path, mode: (mode & 0o100) === 0 ? 0o644 : 0o755 };
}

/**
 * The tool as `npm pack` makes it, with the Node packages that it needs as they are installed, laid out so that Node finds
 * them.
 * @throws LabError "input" where one is missing or is not what package-lock.json has, "failed" where npm does not work
 */
export async function toolFiles(packageRoot: string, signal: AbortSignal): Promise<ToolFile[]> {
  const packages = await installedPackages(packageRoot);
  const own = await ownFiles(packageRoot, signal);
  if (!own.includes("dist/cli/main.js"))
    throw new LabError("input", "the tool was not compiled", { where: packageRoot, next: "npm run build" });
  const named: [name: string, path: string][] = own.map((path) => [`majek-lab/${path}`, join(packageRoot, path)]);
  for (const { place, folder } of packages)
    for (const path of await packageFiles(folder)) named.push([`${place}/${path}`, join(folder, path)]);
  const files: ToolFile[] = [];
  for (const [name, path] of named) files.push(await toolFile(name, path));
  return files;
}
