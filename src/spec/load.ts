import { lstat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { LabError } from "../model/errors.js";
import { isPython2 } from "../model/guest.js";
import { canonicalJson } from "../model/json.js";
import type { AppLayer, AppSpec, InterpreterId, Lab, LabSource } from "../model/spec.js";
import { listFiles, readTextIfPresent } from "../system/files.js";
import { sha256 } from "../system/hash.js";
import { isLeftOut, readLayers } from "../system/trees.js";
import { exceptProblems } from "./over.js";
import { type Over, type ParsedSpec, parseLab } from "./parse.js";
import type { Locator, Path } from "./positions.js";
import { dotted, labFileError, type Problem } from "./problems.js";

type Kind = "folder" | "file" | "link" | "missing" | "other";

async function kindOf(path: string): Promise<Kind> {
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) return "link";
    return found.isDirectory() ? "folder" : found.isFile() ? "file" : "other";
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return "missing";
    throw error;
  }
}

/** Each part is looked at by itself: a link halfway leads outside just as well as one at the end. */
async function checkPath(base: string, path: string, wanted: "folder" | "file"): Promise<string | undefined> {
  const parts = path.split("/");
  for (let count = 1; count <= parts.length; count += 1) {
    const part = parts.slice(0, count).join("/");
    const kind = await kindOf(join(base, part));
    const expected = count === parts.length ? wanted : "folder";
    if (kind === "missing") return `there is no ${expected} ${part}`;
    if (kind === "link") return `${part} is a symbolic link, which could lead outside the lab; replace it by a copy`;
    if (kind !== expected) return `${part} is not a ${expected}`;
  }
  return undefined;
}

/** Why a file is in none of the folders, in the words of the last; `undefined` where one has it. */
async function missingIn(layers: readonly AppLayer[], path: string): Promise<string | undefined> {
  let message: string | undefined;
  for (const { folder, except } of layers) {
    const found = await checkPath(folder, path, "file");
    if (found === undefined && !isLeftOut(path, except)) return undefined;
    message = found ?? `there is no file ${path}`;
  }
  return message;
}

async function findProblems(
  directory: string,
  app: AppSpec,
  layers: readonly AppLayer[],
  locate: Locator,
): Promise<Problem[]> {
  const problem = (path: Path, message: string): Problem => ({ ...locate.value(path), path: dotted(path), message });
  const folder = await checkPath(directory, app.path, "folder");
  if (folder !== undefined) return [problem(["app", "path"], folder)];
  const wanted: readonly (readonly [string, string | null])[] = [
    ["prepare", app.prepare],
    // With a script or steps, the file does not exist before the image is built.
    ["fixture", app.prepare === null && app.steps.length === 0 ? app.fixture : null],
  ];
  const problems: Problem[] = [];
  for (const [key, path] of wanted) {
    const message = path === null ? undefined : await missingIn(layers, path);
    if (message !== undefined) problems.push(problem(["app", key], `${message} in ${app.path}`));
  }
  return problems;
}

/** Interpreters that nobody can build; everywhere in the file, since each stands in a variant of its own. */
function interpreterProblems({ variants }: ParsedSpec, locate: Locator, known: readonly InterpreterId[]): Problem[] {
  return variants.flatMap(({ name, python }) => {
    if (known.includes(python)) return [];
    const path = ["variants", name, "python"];
    return [
      {
        ...locate.value(path),
        path: dotted(path),
        message: `there is no interpreter ${python}; there are ${known.join(", ")}`,
      },
    ];
  });
}

async function labHash(text: string, layers: readonly AppLayer[]): Promise<string> {
  const files = (await readLayers(layers)).map(({ path, sha256: hash }) => [`app/${path}`, hash]);
  return sha256(canonicalJson(Object.fromEntries([...files, ["lab.yaml", sha256(text)]])));
}

interface ReadLab {
  readonly spec: ParsedSpec;
  readonly over: Over | null;
  readonly locate: Locator;
  readonly text: string;
  /** The file's name, as messages show it. */
  readonly shown: string;
}

async function readLabFile(file: string): Promise<ReadLab> {
  const shown = relative("", file) || file;
  const text = await readTextIfPresent(file);
  if (text === undefined)
    throw new LabError("usage", "there is no such lab file", { where: shown, next: "majek-lab list" });
  const parsed = parseLab(text);
  if (parsed.problems !== undefined) throw labFileError(shown, text, parsed.problems);
  return { ...parsed, text, shown };
}

/** A lab in the folder beside this one, or why it cannot be used. */
async function besides(directory: string, name: string): Promise<{ folder: string; read: ReadLab } | string> {
  const folder = join(dirname(directory), name);
  const missing =
    (await checkPath(dirname(directory), name, "folder")) ?? (await checkPath(folder, "lab.yaml", "file"));
  if (missing !== undefined) return `${missing} in ${dirname(directory)}`;
  const read = await readLabFile(join(folder, "lab.yaml"));
  if (read.spec.name !== name) return `the lab in folder ${name} calls itself ${read.spec.name}`;
  return { folder, read };
}

/** What the application's folder is laid over, or why it cannot be. */
async function layerBelow(directory: string, { lab, except }: Over): Promise<AppLayer | string> {
  const found = await besides(directory, lab);
  if (typeof found === "string") return found;
  const { app } = found.read.spec;
  if (app === null || found.read.over !== null) return `${lab} has no application that is all its own`;
  const problem = await checkPath(found.folder, app.path, "folder");
  return problem === undefined ? { folder: join(found.folder, app.path), except } : `${problem} in ${found.folder}`;
}

/** The application in a lab's own folder, or every problem with it. */
async function ownSource(directory: string, read: ReadLab, app: AppSpec): Promise<LabSource> {
  const below = read.over === null ? null : await layerBelow(directory, read.over);
  if (typeof below === "string") {
    const path = ["app", "over", "lab"];
    throw labFileError(read.shown, read.text, [{ ...read.locate.value(path), path: dotted(path), message: below }]);
  }
  const unknown =
    read.over === null || below === null ? [] : exceptProblems(read.over, await listFiles(below.folder), read.locate);
  if (unknown.length > 0) throw labFileError(read.shown, read.text, unknown);
  const layers = [...(below === null ? [] : [below]), { folder: join(directory, app.path), except: [] }];
  const problems = await findProblems(directory, app, layers, read.locate);
  if (problems.length > 0) throw labFileError(read.shown, read.text, problems);
  const { name, variants } = read.spec;
  const lab = read.over && { name: read.over.lab, directory: join(dirname(directory), read.over.lab) };
  return { name, app, variants, directory, layers, below: lab };
}

/** The lab beside this one that `appFrom` names, or why it cannot be used. */
async function neighbour(directory: string, name: string, python2: boolean): Promise<LabSource | string> {
  const found = await besides(directory, name);
  if (typeof found === "string") return found;
  const { folder, read } = found;
  const { spec } = read;
  if (spec.app === null) return `${name} has no application of its own; name ${spec.appFrom}`;
  if (spec.variants.some(({ python }) => isPython2(python)) !== python2) return `${name} is for another major Python`;
  return ownSource(folder, read, spec.app);
}

/** Where application and lock of a lab are. */
async function findSource(directory: string, read: ReadLab): Promise<LabSource> {
  const { app, appFrom, variants } = read.spec;
  if (app !== null) return ownSource(directory, read, app);
  const python2 = variants.some(({ python }) => isPython2(python));
  const found = await neighbour(directory, appFrom ?? "", python2);
  if (typeof found !== "string") return found;
  const problem = { ...read.locate.value(["appFrom"]), path: "appFrom", message: found };
  throw labFileError(read.shown, read.text, [problem]);
}

/**
 * Reads and checks a lab.
 * @param path - the lab's folder, or its lab.yaml
 * @param interpreters - those that can be built; any other is a problem. Not looked at where it is left out
 * @throws LabError "lab" with every problem of the file; "usage" where there is no such file
 */
export async function loadLab(path: string, interpreters?: readonly InterpreterId[]): Promise<Lab> {
  const file = resolve(/\.ya?ml$/.test(path) ? path : join(path, "lab.yaml"));
  const directory = dirname(file);
  const read = await readLabFile(file);
  const { spec, text, locate, shown } = read;
  const unknown = interpreters === undefined ? [] : interpreterProblems(spec, locate, interpreters);
  if (unknown.length > 0) throw labFileError(shown, text, unknown);
  const source = await findSource(directory, read);
  const { app } = source;
  const hash = await labHash(text, source.layers);
  return { spec: { ...spec, app }, directory, file, source, lockFile: join(source.directory, "lab.lock"), hash };
}
