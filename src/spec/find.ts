import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { LabError } from "../model/errors.js";
import { didYouMean } from "../model/suggest.js";

/** Where labs are looked for, besides paths. Absolute folders. */
export interface LabPlaces {
  readonly workingDirectory: string;
  readonly packageRoot: string;
}

/** A lab that can be named. */
export interface LabEntry {
  readonly name: string;
  readonly directory: string;
  /** `package`: came with the tool and is not to be written to. */
  readonly from: "project" | "package";
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false; // absent, or behind a folder that cannot be entered: not a lab either way
  }
}

async function labsIn(folder: string, from: LabEntry["from"]): Promise<LabEntry[]> {
  const names = await readdir(folder).catch(() => []);
  const entries: LabEntry[] = [];
  for (const name of names.sort()) {
    const directory = join(folder, name);
    if (await isFile(join(directory, "lab.yaml"))) entries.push({ name, directory, from });
  }
  return entries;
}

/** Every lab that can be run by name, sorted; one of the project hides one of the package. */
export async function listLabs({ workingDirectory, packageRoot }: LabPlaces): Promise<LabEntry[]> {
  const project = await labsIn(join(workingDirectory, "labs"), "project");
  const sameFolder = resolve(workingDirectory) === resolve(packageRoot);
  const others = sameFolder ? [] : await labsIn(join(packageRoot, "labs"), "package");
  const hidden = new Set(project.map(({ name }) => name));
  return [...project, ...others.filter(({ name }) => !hidden.has(name))].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Finds the folder of a lab: a path, else `./labs/NAME`, else a lab of the package.
 * @returns its absolute folder, or its file where that was given; whether it is a valid lab is not looked at
 * @throws LabError "usage" with a suggestion and the labs there are
 */
export async function findLab(nameOrPath: string, places: LabPlaces): Promise<string> {
  const path = resolve(places.workingDirectory, nameOrPath);
  if (/\.ya?ml$/.test(path) && (await isFile(path))) return path;
  if (nameOrPath !== "" && (await isFile(join(path, "lab.yaml")))) return path;
  const labs = await listLabs(places);
  const found = labs.find(({ name }) => name === nameOrPath);
  if (found !== undefined) return found.directory;
  const names = labs.map(({ name }) => name);
  const looksLikePath = /[/\\]|^\.|\.ya?ml$/.test(nameOrPath);
  const message = looksLikePath
    ? `there is no lab.yaml at ${nameOrPath}`
    : `there is no lab ${JSON.stringify(nameOrPath)}${didYouMean(nameOrPath, names)}`;
  throw new LabError("usage", message, { details: [`labs: ${names.join(", ") || "none"}`], next: "majek-lab list" });
}
