import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import type { Student, StudentExport } from "../model/class.js";
import { LabError } from "../model/errors.js";
import type { Handout } from "../model/workshop.js";
import { classCsv } from "../report/class.js";
import { classPage } from "../report/html/class.js";
import { count, megabytes } from "../report/numbers.js";
import { evaluateExpectation } from "../results/expectations.js";
import { listRuns } from "../results/locate.js";
import { parseRun } from "../results/read.js";
import { readTextIfPresent, writeAtomic } from "../system/files.js";
import { flagCopies, type Judges, judgeStudent, parseExport } from "../workshop/class.js";
import { openLab } from "./inputs.js";
import { readVersion } from "./package-files.js";
import { handoutOf, started } from "./workshop.js";
import type { Workspace } from "./workspace.js";

/** `workshop export`: progress, and the runs that passed its steps, as one file for the teacher. */
export async function workshopExport(
  workspace: Workspace,
  options: { readonly name: string; readonly results: string; readonly output?: string },
): Promise<void> {
  const { progress } = await started(workspace);
  const wanted = new Set(Object.values(progress.steps).flatMap(({ run }) => run ?? []));
  const runs: Record<string, string> = {};
  for (const { id, directory } of await listRuns(resolve(workspace.workingDirectory, options.results))) {
    const text = wanted.has(id) ? await readTextIfPresent(join(directory, "run.json")) : undefined;
    if (text !== undefined) runs[id] = text;
  }
  const toolVersion = await readVersion(workspace.packageRoot);
  const file: StudentExport = { schemaVersion: 1, name: options.name, toolVersion, progress, runs };
  const slug = options.name.toLowerCase().replace(/[^a-z0-9]+/g, "-") || "student";
  const path = resolve(workspace.workingDirectory, options.output ?? `${slug}.json`);
  await writeAtomic(path, JSON.stringify(file));
  workspace.print(path);
}

/** Bytes; a student's file has a run or two, of tens of kilobytes each. */
const MOST = 50_000_000;

/** @throws LabError "input" for what is no file, a link to nothing, or larger than any student's */
async function readStudent(where: string): Promise<StudentExport> {
  const found = await stat(where).catch(() => undefined);
  if (!found?.isFile() || found.size > MOST) {
    throw new LabError("input", "not a file of majek-lab workshop export", {
      where,
      details: [found?.isFile() ? `it has more than ${megabytes(MOST)} MB` : "it is no file"],
      next: "ask for it again, or move it out of the folder",
    });
  }
  return parseExport(await readFile(where, "utf8"), where);
}

async function readStudents(folder: string): Promise<StudentExport[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new LabError("usage", "there is no such folder", {
      where: folder,
      next: "majek-lab workshop collect DIR",
      cause: error,
    });
  });
  const files = names.filter((name) => name.endsWith(".json")).sort();
  const students: StudentExport[] = [];
  for (const name of files) students.push(await readStudent(join(folder, name)));
  if (students.length > 0) return students;
  throw new LabError("usage", "there is no file of a student here", {
    where: folder,
    next: "majek-lab workshop export --name NAME, in each student's folder",
  });
}

/** Hashes of the labs that a hand-out's steps are about, as they are here. */
async function hashes(workspace: Workspace, handout: Handout): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const name of new Set(handout.steps.map(({ lab }) => lab))) {
    const lab = await openLab(workspace, name).catch(() => undefined);
    if (lab !== undefined) found.set(name, lab.hash);
  }
  return found;
}

/**
 * `workshop collect`: students' files as one table, with what is odd about any of them.
 * @param name - the lab that the class worked through
 * @throws LabError "input" for a file that is no student's
 */
export async function workshopCollect(
  workspace: Workspace,
  folder: string,
  options: { readonly output: string; readonly lab: string },
): Promise<void> {
  const output = resolve(workspace.workingDirectory, options.output);
  const kind = extname(output);
  if (kind !== ".html" && kind !== ".csv") {
    throw new LabError("usage", "the class table is written as .html or .csv", {
      where: options.output,
      next: `majek-lab workshop collect ${folder} -o class.html`,
    });
  }
  const handout = await handoutOf(workspace, options.lab);
  const hashOf = await hashes(workspace, handout);
  const judges: Judges = {
    readRun: parseRun,
    evaluate: (run, expression) => evaluateExpectation(run, expression, 0),
    labHash: (lab) => hashOf.get(lab),
  };
  const files = await readStudents(resolve(workspace.workingDirectory, folder));
  const students: readonly Student[] = flagCopies(files.map((file) => judgeStudent(handout, file, judges)));
  const templates = join(workspace.packageRoot, "templates");
  await writeAtomic(
    output,
    kind === ".csv" ? classCsv(handout, students) : await classPage(templates, handout, students),
  );
  const odd = students.filter(({ flags }) => flags.length > 0).length;
  workspace.print(`${output}: ${count(students.length)} students${odd > 0 ? `, ${count(odd)} to be looked at` : ""}`);
}
