import { mkdir, readFile, rm, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { LabError } from "../model/errors.js";
import type { Detected, FoundPath, Wishes } from "../model/project.js";
import { FIXTURE_MODULE, fixtureText } from "../project/database.js";
import { detectProject } from "../project/detect.js";
import { labFileText, SETTINGS_MODULE, settingsText } from "../project/lab-file.js";
import { judgeMix, judgePaths, redirectTargets } from "../project/tryout.js";
import { alignColumns } from "../report/columns.js";
import { writeAtomic } from "../system/files.js";
import { buildImages } from "./images.js";
import { type Bench, openBench, openLab, planWithInputs, withLabLock } from "./inputs.js";
import { copyProject, listProject, readProject } from "./project-files.js";
import { readSecrets } from "./secrets.js";
import { tryPaths } from "./try-paths.js";
import type { Workspace } from "./workspace.js";

export interface NewOptions {
  readonly path: string;
  readonly requirements?: string;
  readonly wsgi?: string;
  readonly asgi?: string;
  readonly database?: "sqlite" | "postgres";
  readonly settings?: string;
  readonly urls?: string;
  readonly accessLog?: string;
  readonly envFile?: string;
  /** Lock, build, and ask every address once; off with --no-build. */
  readonly build: boolean;
}

async function textOf({ workingDirectory }: Workspace, file: string | undefined, flag: string) {
  if (file === undefined) return undefined;
  return readFile(resolve(workingDirectory, file), "utf8").catch((error: unknown) => {
    const next = `name another file with ${flag}`;
    throw new LabError("usage", `cannot be read: ${(error as Error).message}`, { where: file, next });
  });
}

/** Where a file lies, seen from the project: what it includes lies beside it. */
function placeOf({ workingDirectory }: Workspace, project: string, file: string): string {
  return relative(resolve(workingDirectory, project), resolve(workingDirectory, file)).replaceAll(sep, "/");
}

async function wishesOf(workspace: Workspace, options: NewOptions): Promise<Wishes> {
  const { requirements, wsgi, asgi, database, settings, urls, accessLog } = options;
  const text = await textOf(workspace, requirements, "--requirements");
  return {
    wsgi,
    asgi,
    database,
    settings,
    urls: await textOf(workspace, urls, "--urls"),
    accessLog: await textOf(workspace, accessLog, "--access-log"),
    ...(requirements !== undefined && text !== undefined
      ? { requirements: { name: placeOf(workspace, options.path, requirements), text } }
      : {}),
  };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The folder of the new lab. @throws LabError "usage" for a name that cannot be one, or that is taken */
async function newFolder({ workingDirectory }: Workspace, name: string): Promise<string> {
  if (!/^[a-z0-9][a-z0-9-]{0,40}$/.test(name)) {
    const next = "use lower-case letters, digits and dashes, at most 41";
    throw new LabError("usage", `a lab cannot be called ${JSON.stringify(name)}`, { next });
  }
  const folder = join(workingDirectory, "labs", name);
  if (await exists(folder)) {
    const next = "remove that folder, or choose another name";
    throw new LabError("usage", `there is a lab ${name} already`, { where: folder, next });
  }
  return folder;
}

function explained({ facts, remarks }: Detected, left: readonly string[]): string {
  const columns = ["what", "found", "why"].map((title) => ({ title, align: "left" as const }));
  const table = alignColumns(
    columns,
    facts.map(({ what, value, why }) => [what, value, why]),
  );
  return [...table, ...[...remarks, ...left].map((text) => `note: ${text}`)].join("\n");
}

/** Writes what the lab consists of. A folder that could not be finished is removed. */
async function writeLab(name: string, project: string, folder: string, wishes: Wishes): Promise<[Detected, string[]]> {
  const tree = await listProject(project);
  const detected = detectProject(await readProject(project, tree), wishes);
  try {
    await mkdir(join(folder, "app"), { recursive: true });
    await copyProject(project, tree, detected.root, join(folder, "app"));
    await writeAtomic(join(folder, "app", `${SETTINGS_MODULE}.py`), settingsText(detected));
    if (detected.database === "postgres")
      await writeAtomic(join(folder, "app", `${FIXTURE_MODULE}.py`), fixtureText(detected.steps));
    await writeAtomic(join(folder, "lab.yaml"), labFileText(name, detected));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return [detected, [...tree.left]];
}

/** Locks and builds the new lab and asks its addresses; the lab file names those that can be measured afterwards. */
async function tryLab(bench: Bench, name: string, folder: string, detected: Detected, options: NewOptions) {
  const { workspace } = bench;
  const secrets = await readSecrets(workspace, options.envFile);
  const lab = await openLab(workspace, folder);
  const built = await buildImages(bench, await planWithInputs(bench, lab, {}));
  const ask = async (paths: readonly FoundPath[]) => (await tryPaths(bench, built, paths, secrets)).tried;
  const first = await ask(detected.paths);
  const targets = redirectTargets(detected.paths, first);
  const tried = targets.length === 0 ? first : [...first, ...(await ask(targets))];
  const { kept, remarks } = judgePaths([...detected.paths, ...targets], tried);
  for (const remark of remarks) workspace.print(`note: ${remark}`);
  if (kept.length === 0) {
    throw new LabError("fleet", "no address of the project can be measured", {
      where: lab.file,
      details: [`the full log is ${join(bench.environment.cacheDir, "logs", `${name}-tryout.log`)}`],
      next: "name addresses under load.paths in lab.yaml, then majek-lab up LAB",
    });
  }
  await writeAtomic(join(folder, "lab.yaml"), labFileText(name, { ...detected, paths: kept }));
  for (const remark of judgeMix(kept)) workspace.print(`note: ${remark}`);
  workspace.print(`asked: ${kept.map(({ path, status }) => `${path} (${status})`).join(", ")}`);
}

/**
 * `new`: a lab from a Django project. Detects how it is run, copies it, locks, builds, and asks every address once.
 * Nothing of the project runs on this machine outside of containers without network.
 */
export async function newLab(workspace: Workspace, name: string, options: NewOptions): Promise<void> {
  const folder = await newFolder(workspace, name);
  const wishes = await wishesOf(workspace, options);
  const [detected, left] = await writeLab(name, resolve(workspace.workingDirectory, options.path), folder, wishes);
  await openLab(workspace, folder);
  workspace.print(explained(detected, left));
  workspace.print(`wrote ${folder}`);
  if (options.build) {
    const bench = await openBench(workspace);
    try {
      await withLabLock(bench, name, () => tryLab(bench, name, folder, detected, options));
    } finally {
      bench.progress.close();
    }
  }
  workspace.print(`next: majek-lab up ${name} --budget 4g`);
}
