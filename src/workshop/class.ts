import { z } from "zod";
import type { Student, StudentExport, StudentMeasure } from "../model/class.js";
import { LabError } from "../model/errors.js";
import type { Checkpoint, ExpectationResult, RunResult } from "../model/run.js";
import type { Handout, HandoutStep, StepProgress } from "../model/workshop.js";
import { sha256 } from "../system/hash.js";
import { progressOf, progressSchema } from "./progress.js";

const exportSchema: z.ZodType<StudentExport> = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string().min(1).max(100),
  toolVersion: z.string().max(50),
  progress: progressSchema,
  runs: z.record(z.string(), z.string()),
});

/** What is needed from elsewhere to judge a student's file. */
export interface Judges {
  /** Reads the text of a run.json; throws where it is none. */
  readonly readRun: (text: string, where: string) => RunResult;
  readonly evaluate: (run: RunResult, expression: string) => ExpectationResult;
  /** Hash of each lab as the teacher has it; `undefined` for labs that are not here. */
  readonly labHash: (lab: string) => string | undefined;
}

/**
 * Reads a student's file.
 * @throws LabError "input" where it is none
 */
export function parseExport(text: string, where: string): StudentExport {
  try {
    return exportSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new LabError("input", "not a file of majek-lab workshop export", {
      where,
      next: "ask for it again, or move it out of the folder",
      cause: error,
    });
  }
}

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b), 1);

/** Numbers of a checkpoint follow from each other; whoever changes one by hand forgets the others. */
function agrees({ fleetBytes, lostBytes, idealBytes, sharedFraction, p0Pages, workers }: Checkpoint): boolean {
  if (fleetBytes !== null && lostBytes !== null && idealBytes !== null && fleetBytes - lostBytes !== idealBytes) {
    return false;
  }
  const shares = workers.map((worker) => worker.sharedFraction).filter((share) => share !== null);
  if (sharedFraction === null || shares.length === 0) return true;
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const own = workers.every(
    (one) => one.shared === null || p0Pages === 0 || near((one.shared ?? 0) / p0Pages, one.sharedFraction ?? 0),
  );
  return own && near(mean, sharedFraction.mean) && Math.min(...shares) === sharedFraction.min;
}

function measuresOf(run: RunResult): StudentMeasure[] {
  return Object.values(run.variants).flatMap(({ variant, checkpoints }) => {
    const at = checkpoints.at(-1);
    if (at === undefined) return [];
    const { requestsPerWorker, fleetBytes, lostBytes } = at;
    const sharedFraction = at.sharedFraction?.mean ?? null;
    return [
      { lab: run.lab, run: run.id, variant: variant.name, requestsPerWorker, fleetBytes, lostBytes, sharedFraction },
    ];
  });
}

/** What is odd about one passed step. */
function oddities(
  step: HandoutStep,
  progress: StepProgress,
  runs: ReadonlyMap<string, RunResult>,
  judges: Judges,
): string[] {
  const conditions = step.checks.flatMap((check) => ("expect" in check ? [check] : []));
  if (progress.passedAt === null || conditions.length === 0) return [];
  const run = runs.get(progress.run ?? "");
  if (run === undefined) return [`${step.id}: the run that passed it is not in the file`];
  if (run.lab !== step.lab) return [`${step.id}: run ${run.id}, which passed it, is of ${run.lab}, not of ${step.lab}`];
  const unmet = conditions.filter(({ expect }) => judges.evaluate(run, expect).status !== "met");
  return unmet.map(({ name }) => `${step.id}: "${name}" does not hold for run ${run.id}`);
}

/** What is odd about one run, whatever it was used for. */
function runOddities(run: RunResult, text: string, digests: ReadonlySet<string>, judges: Judges): string[] {
  const odd: string[] = [];
  if (!digests.has(sha256(text))) odd.push(`run ${run.id} was changed after it was checked`);
  const all = Object.values(run.variants).flatMap(({ checkpoints }) => checkpoints);
  if (!all.every(agrees)) odd.push(`run ${run.id} has numbers that do not follow from each other`);
  const expected = judges.labHash(run.lab);
  if (expected !== undefined && expected !== run.provenance.labHash) odd.push(`run ${run.id} is of another ${run.lab}`);
  return odd;
}

/**
 * Judges a student's file: progress, measures, and what is odd.
 * A file can be forged by somebody who knows how; this finds what was changed by hand, copied, or measured elsewhere.
 */
export function judgeStudent(handout: Handout, file: StudentExport, judges: Judges): Student {
  const { progress, name } = file;
  const flags: string[] = [];
  if (progress.lab.split("/").at(-1) !== handout.lab) flags.push(`is about ${progress.lab}`);
  const runs = new Map<string, RunResult>();
  const digests = new Set(Object.values(progress.steps).map(({ runDigest }) => runDigest ?? ""));
  for (const [id, text] of Object.entries(file.runs)) {
    try {
      const run = judges.readRun(text, id);
      runs.set(id, run);
      flags.push(...runOddities(run, text, digests, judges));
    } catch {
      flags.push(`run ${id} cannot be read`);
    }
  }
  const steps = handout.steps.map((step) => ({ step, done: progressOf(progress, step.id) }));
  return {
    name,
    passed: steps.filter(({ done }) => done.passedAt !== null).map(({ step }) => step.id),
    hints: steps.reduce((sum, { done }) => sum + done.hintsShown, 0),
    solutions: steps.filter(({ done }) => done.solutionShown).length,
    measures: [...runs.values()].flatMap(measuresOf),
    flags: [...flags, ...steps.flatMap(({ step, done }) => oddities(step, done, runs, judges))],
  };
}

/** Runs that two students hand in were measured by one of them at most: both are told apart by nobody but them. */
export function flagCopies(students: readonly Student[]): Student[] {
  const owners = new Map<string, Set<number>>();
  for (const [index, { measures }] of students.entries()) {
    for (const { run } of measures) owners.set(run, (owners.get(run) ?? new Set()).add(index));
  }
  return students.map((student, index) => {
    const copied = [...owners].filter(([, who]) => who.size > 1 && who.has(index));
    const flags = copied.map(([run, who]) => {
      const others = [...who].filter((other) => other !== index).map((other) => students[other]?.name ?? "");
      return `run ${run} is in the file of ${others.join(", ")} too`;
    });
    return { ...student, flags: [...student.flags, ...flags] };
  });
}
