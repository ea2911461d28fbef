import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { LabError } from "../model/errors.js";
import { RUN_ID } from "./ids.js";

/** A stored run, not yet read. */
export interface RunLocation {
  readonly lab: string;
  readonly id: string;
  /** Absolute folder. */
  readonly directory: string;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}

async function isRunFolder(directory: string): Promise<boolean> {
  return (await namesIn(directory)).includes("run.json");
}

/**
 * Every stored run, oldest first.
 * @param resultsDir - absolute, the value of `--results`; may be missing
 */
export async function listRuns(resultsDir: string): Promise<readonly RunLocation[]> {
  const labs = await namesIn(resultsDir);
  const perLab = await Promise.all(
    labs.map(async (lab) =>
      // A folder beside it that nobody may read has no runs for anybody: where a run was copied to, all sorts of them are.
      (await namesIn(join(resultsDir, lab)).catch(() => []))
        .filter((id) => lab !== "latest" && RUN_ID.test(id))
        .map((id) => ({ lab, id, directory: join(resultsDir, lab, id) })),
    ),
  );
  return perLab.flat().sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

function notFound(run: string, resultsDir: string, known: readonly RunLocation[]): LabError {
  const newest = known.slice(-5).map(({ lab, id }) => `${id}  ${lab}`);
  return new LabError("usage", `no run matches "${run}"`, {
    where: resultsDir,
    details: newest.length > 0 ? ["the newest runs:", ...newest] : [],
    next: newest.length > 0 ? "majek-lab check latest" : "majek-lab list names the labs, majek-lab run measures one",
  });
}

/** Where the link points; the newest run by its id where links were lost, as when results are copied. */
async function latest(resultsDir: string, lab: string | undefined): Promise<RunLocation | undefined> {
  const link = lab === undefined ? join(resultsDir, "latest") : join(resultsDir, lab, "latest");
  const target = await realpath(link).catch(() => undefined);
  if (target !== undefined && (await isRunFolder(target))) {
    return { lab: basename(dirname(target)), id: basename(target), directory: target };
  }
  return (await listRuns(resultsDir)).findLast((run) => lab === undefined || run.lab === lab);
}

async function byPath(run: string): Promise<RunLocation | undefined> {
  const path = resolve(run);
  const information = await stat(path).catch(() => undefined);
  if (information === undefined) return undefined;
  const directory = await realpath(information.isDirectory() ? path : dirname(path));
  if (!(await isRunFolder(directory))) return undefined;
  return { lab: basename(dirname(directory)), id: basename(directory), directory };
}

/**
 * Finds a stored run.
 * @param run - a folder or a file in it, an id or the beginning of one, `latest`, or `latest:LAB`
 * @param resultsDir - absolute, the value of `--results`
 * @throws LabError "usage" when nothing or more than one run matches; the candidates are listed
 */
export async function locateRun(run: string, resultsDir: string): Promise<RunLocation> {
  const named = /^latest(?::(.+))?$/.exec(run);
  if (named !== null) {
    const found = await latest(resultsDir, named[1]);
    if (found !== undefined) return found;
    throw notFound(run, resultsDir, await listRuns(resultsDir));
  }
  const direct = await byPath(run);
  if (direct !== undefined) return direct;
  const known = await listRuns(resultsDir);
  const matching = known.filter(({ id }) => run !== "" && id.startsWith(run));
  if (matching.length > 1) {
    throw new LabError("usage", `"${run}" matches ${matching.length} runs; give more of the id`, {
      where: resultsDir,
      details: matching.map(({ lab, id }) => `${id}  ${lab}`),
      next: `majek-lab check ${matching[0]?.id}`,
    });
  }
  const [only] = matching;
  if (only === undefined) throw notFound(run, resultsDir, known);
  return only;
}
