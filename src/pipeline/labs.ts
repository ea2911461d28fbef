import { resolve } from "node:path";
import { readLock } from "../lock/file.js";
import { missingFiles, wantedFiles } from "../lock/wanted.js";
import { LabError } from "../model/errors.js";
import { readableJson } from "../model/json.js";
import { type Lab, workersOf } from "../model/spec.js";
import { alignColumns } from "../report/columns.js";
import { count, span } from "../report/numbers.js";
import { listRuns } from "../results/locate.js";
import { readRun } from "../results/read.js";
import { runJsonSchema } from "../results/schema.js";
import { listLabs } from "../spec/find.js";
import { loadHandout } from "../spec/handout.js";
import { loadLab } from "../spec/load.js";
import { labJsonSchema } from "../spec/schema.js";
import { openStore } from "../system/store.js";
import { openLab } from "./inputs.js";
import type { Workspace } from "./workspace.js";

/** Bytes of the lab's inputs that are not at hand; `null` where no lock says what it needs. */
async function bytesToDownload({ environment }: Workspace, { lockFile }: Lab): Promise<number | null> {
  const lock = await readLock(lockFile).catch(() => undefined);
  const [block] = Object.values(lock?.platforms ?? {});
  if (block === undefined) return null;
  const missing = await missingFiles(openStore(environment), wantedFiles(block));
  return missing.reduce((sum, { size }) => sum + size, 0);
}

/** Seconds of the newest complete run below ./results, which is what the next one may take; `null` without one. */
async function secondsOfLastRun(workspace: Workspace, lab: string): Promise<number | null> {
  const runs = await listRuns(resolve(workspace.workingDirectory, "results")).catch(() => []);
  const newest = runs.findLast((run) => run.lab === lab);
  const run = newest && (await readRun(newest.directory).catch(() => undefined));
  if (run === undefined || run.finishedAt === null || run.status !== "complete") return null;
  return (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000;
}

/** `list`: every lab with what it needs. A lab with a broken file is listed with that remark. */
export async function list(workspace: Workspace, format: "table" | "json"): Promise<string> {
  const labs = await Promise.all(
    (await listLabs(workspace)).map(async ({ name, directory, from }) => {
      const lab = await loadLab(directory).catch(() => undefined);
      const variants = lab?.spec.variants.map((variant) => variant.name) ?? [];
      const title = lab?.spec.title ?? "(majek-lab validate names its problems)";
      const downloadBytes = lab === undefined ? null : await bytesToDownload(workspace, lab);
      const lastRunSeconds = await secondsOfLastRun(workspace, name);
      const memoryBytes = lab?.spec.fleet.memoryBytes ?? null;
      return { name, from, directory, title, variants, memoryBytes, downloadBytes, lastRunSeconds };
    }),
  );
  if (format === "json") return JSON.stringify({ schemaVersion: 1, labs }, null, 2);
  const columns = [
    { title: "lab", align: "left" as const },
    ...["variants", "memory MB", "download MB", "last run"].map((title) => ({ title, align: "right" as const })),
    { title: "title", align: "left" as const },
  ];
  const minutes = (seconds: number | null) => (seconds === null ? "-" : `${Math.max(1, Math.round(seconds / 60))} min`);
  return alignColumns(
    columns,
    labs.map((lab) => [
      lab.name,
      count(lab.variants.length),
      lab.memoryBytes === null ? "-" : count(lab.memoryBytes / 1e6),
      lab.downloadBytes === null ? "-" : count(lab.downloadBytes / 1e6),
      minutes(lab.lastRunSeconds),
      lab.title,
    ]),
  ).join("\n");
}

/** Several broken labs as one error, in the order in which they were named. */
function together(errors: readonly LabError[], labs: number): LabError {
  const [only] = errors;
  if (errors.length === 1 && only !== undefined) return only;
  const code = errors.some((error) => error.code === "lab") ? "lab" : "usage";
  return new LabError(code, `${count(errors.length)} of ${count(labs)} labs are invalid`, {
    details: errors.flatMap(({ message, details }) => [`${message}:`, ...details.map((line) => `  ${line}`)]),
    next: "correct the files, then run the command again",
  });
}

/**
 * `validate`: checks lab files; those that are valid are printed, whatever the others are.
 * @throws LabError "lab" with every problem of every invalid file
 */
export async function validate(workspace: Workspace, names: readonly string[]): Promise<void> {
  const wanted = names.length > 0 ? names : (await listLabs(workspace)).map(({ directory }) => directory);
  const errors: LabError[] = [];
  for (const name of wanted) {
    try {
      const { spec, directory } = await openLab(workspace, name);
      const { steps } = await loadHandout({ ...spec, directory });
      const variants = count(spec.variants.length);
      const workers = span(spec.variants.map((variant) => workersOf(spec, variant)));
      const handout = steps.length === 0 ? "" : `, ${count(steps.length)} steps`;
      workspace.print(`${spec.name}: ok, ${variants} variants, ${workers} workers${handout}`);
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw together(errors, wanted.length);
}

/** `schema`: the JSON schema of lab.yaml or of run.json. */
export function schema(kind: string): string {
  if (kind === "lab") return readableJson(labJsonSchema());
  if (kind === "run") return readableJson(runJsonSchema());
  throw new LabError("usage", `there is no schema of "${kind}"`, {
    next: "majek-lab schema lab, or majek-lab schema run",
  });
}
