import { join } from "node:path";
import { z } from "zod";
import { LabError } from "../model/errors.js";
import { canonicalJson } from "../model/json.js";
import type { Handout, HandoutStep, StepProgress, WorkshopProgress } from "../model/workshop.js";
import { readTextIfPresent, writeAtomic } from "../system/files.js";

const FILE = join(".majek-lab", "workshop.json");

const step = z.strictObject({
  passedAt: z.iso.datetime().nullable(),
  run: z.string().nullable(),
  runDigest: z.string().nullable(),
  hintsShown: z.int().min(0),
  solutionShown: z.boolean(),
});

/** The form in which progress is kept and exported. */
export const progressSchema: z.ZodType<WorkshopProgress> = z.strictObject({
  schemaVersion: z.literal(1),
  lab: z.string(),
  startedAt: z.iso.datetime(),
  current: z.string(),
  steps: z.record(z.string(), step),
});

const UNTOUCHED: StepProgress = { passedAt: null, run: null, runDigest: null, hintsShown: 0, solutionShown: false };

/** Where progress is kept. @param folder - absolute, the working directory */
export function progressFile(folder: string): string {
  return join(folder, FILE);
}

/**
 * What was done so far in a folder.
 * @returns `undefined` where no workshop was started
 * @throws LabError "failed" where the file is damaged; it stays as it is
 */
export async function readProgress(folder: string): Promise<WorkshopProgress | undefined> {
  const file = progressFile(folder);
  const text = await readTextIfPresent(file);
  if (text === undefined) return undefined;
  try {
    return progressSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new LabError("failed", "the progress of the workshop cannot be read", {
      where: file,
      next: "majek-lab workshop reset, which forgets it",
      cause: error,
    });
  }
}

/** Keeps progress; a reader sees the old or the new. */
export async function writeProgress(folder: string, progress: WorkshopProgress): Promise<void> {
  await writeAtomic(progressFile(folder), canonicalJson(progress));
}

/** The first step, nothing done. */
export function newProgress({ lab, steps }: Handout, now: Date): WorkshopProgress {
  return { schemaVersion: 1, lab, startedAt: now.toISOString(), current: steps[0]?.id ?? "", steps: {} };
}

/** How far somebody is with a step. */
export function progressOf(progress: WorkshopProgress, id: string): StepProgress {
  return progress.steps[id] ?? UNTOUCHED;
}

/** A copy with changes to one step. */
export function changeStep(progress: WorkshopProgress, id: string, change: Partial<StepProgress>): WorkshopProgress {
  return { ...progress, steps: { ...progress.steps, [id]: { ...progressOf(progress, id), ...change } } };
}

/**
 * The step of that name or number; the current one where none is named.
 * @throws LabError "usage" that names the steps
 */
export function findStep({ lab, steps }: Handout, progress: WorkshopProgress, name: string | undefined): HandoutStep {
  const wanted = name ?? progress.current;
  const found = steps.find(({ id }, index) => id === wanted || String(index + 1) === wanted);
  if (found !== undefined) return found;
  throw new LabError("usage", `${lab} has no step ${JSON.stringify(wanted)}`, {
    details: steps.map(({ id, title }, index) => `${index + 1}  ${id}  ${title}`),
    next: "majek-lab workshop status",
  });
}

/** A step was passed: the next one is shown from now on, unless somebody went back. */
export function pass(
  { steps }: Handout,
  progress: WorkshopProgress,
  id: string,
  at: { readonly now: Date; readonly run: string | null; readonly runDigest: string | null },
): WorkshopProgress {
  const index = steps.findIndex((one) => one.id === id);
  const passedAt = progressOf(progress, id).passedAt ?? at.now.toISOString();
  const next = progress.current === id ? (steps[index + 1]?.id ?? id) : progress.current;
  return { ...changeStep(progress, id, { passedAt, run: at.run, runDigest: at.runDigest }), current: next };
}
