import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LabError } from "../model/errors.js";
import type { RunResult } from "../model/run.js";
import type { CheckOutcome, Handout, HandoutStep, StepCheck, WorkshopProgress } from "../model/workshop.js";
import { showOutcomes, showStatus, showStep } from "../report/workshop.js";
import { evaluateExpectation } from "../results/expectations.js";
import { locateRun } from "../results/locate.js";
import { readRun } from "../results/read.js";
import { loadHandout } from "../spec/handout.js";
import { sha256File } from "../system/hash.js";
import {
  changeStep,
  findStep,
  newProgress,
  pass,
  progressFile,
  progressOf,
  readProgress,
  writeProgress,
} from "../workshop/progress.js";
import { runScript } from "../workshop/script.js";
import { openLab } from "./inputs.js";
import type { Workspace } from "./workspace.js";

/** A workshop that was started. */
export interface Started {
  readonly handout: Handout;
  readonly progress: WorkshopProgress;
}

interface CheckOptions {
  readonly results: string;
  readonly format: "table" | "json";
  /** Check again whenever something was measured, until the step is passed. */
  readonly watch?: boolean;
}

const WATCH_MS = 1000;

/** The hand-out of a lab that has steps. */
export async function handoutOf(workspace: Workspace, name: string): Promise<Handout> {
  const { spec, directory } = await openLab(workspace, name);
  const handout = await loadHandout({ ...spec, directory });
  if (handout.steps.length > 0) return handout;
  throw new LabError("usage", `${spec.name} has no steps: its hand-out is for reading`, {
    where: handout.directory,
    next: "majek-lab workshop start django-8workers",
  });
}

/**
 * The workshop of this folder.
 * @throws LabError "usage" where none was started
 */
export async function started(workspace: Workspace): Promise<Started> {
  const progress = await readProgress(workspace.workingDirectory);
  if (progress === undefined) {
    throw new LabError("usage", "no workshop was started in this folder", {
      where: progressFile(workspace.workingDirectory),
      next: "majek-lab workshop start django-8workers",
    });
  }
  return { handout: await handoutOf(workspace, progress.lab), progress };
}

/**
 * `workshop start`: begins the steps of a lab in this folder, and shows the first.
 * @throws LabError "usage" where another workshop is under way
 */
export async function workshopStart(workspace: Workspace, name: string): Promise<void> {
  const { handout, progress } = await begin(workspace, name);
  workspace.print(showStatus(handout, progress, workspace.terminal));
  workspace.print(showStep(handout, findStep(handout, progress, undefined), workspace.terminal));
}

/**
 * Begins the steps of a lab in this folder, or goes on with them.
 * @throws LabError "usage" where another workshop is under way
 */
export async function begin(workspace: Workspace, name: string): Promise<Started> {
  const handout = await handoutOf(workspace, name);
  const folder = workspace.workingDirectory;
  const before = await readProgress(folder);
  if (before !== undefined && before.lab !== name) {
    throw new LabError("usage", `the workshop of ${before.lab} is under way here`, {
      where: progressFile(folder),
      next: "majek-lab workshop reset, which forgets it",
    });
  }
  const progress = before ?? newProgress({ ...handout, lab: name }, new Date());
  await writeProgress(folder, progress);
  return { handout, progress };
}

/** Goes to a step. @throws LabError "usage" where there is none of that name */
export async function goTo(workspace: Workspace, name: string | undefined): Promise<Started> {
  const { handout, progress } = await started(workspace);
  const step = findStep(handout, progress, name);
  if (step.id === progress.current) return { handout, progress };
  const changed = { ...progress, current: step.id };
  await writeProgress(workspace.workingDirectory, changed);
  return { handout, progress: changed };
}

/** `workshop show`: a step's text; the one that is next where none is named. Naming one goes there. */
export async function workshopShow(workspace: Workspace, name: string | undefined): Promise<void> {
  const { handout, progress } = await goTo(workspace, name);
  workspace.print(showStep(handout, findStep(handout, progress, undefined), workspace.terminal));
}

interface FoundRun {
  readonly result: RunResult;
  /** sha256 of its run.json. */
  readonly digest: string;
}

/** The newest run of the step's lab; `undefined` before there is one. */
async function newestRun(resultsDir: string, lab: string): Promise<FoundRun | undefined> {
  const found = await locateRun(`latest:${lab}`, resultsDir).catch((error: unknown) => {
    if (error instanceof LabError && error.code === "usage") return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  return { result: await readRun(found.directory), digest: await sha256File(join(found.directory, "run.json")) };
}

async function evaluate(
  workspace: Workspace,
  { handout }: Started,
  step: HandoutStep,
  resultsDir: string,
): Promise<{ readonly outcomes: readonly CheckOutcome[]; readonly run: FoundRun | undefined }> {
  const run = await newestRun(resultsDir, step.lab);
  const one = async (check: StepCheck): Promise<CheckOutcome> => {
    if ("script" in check) {
      return runScript(check, handout, { workingDirectory: workspace.workingDirectory, resultsDir });
    }
    const { name, expect, fail } = check;
    if (run === undefined) {
      return { name, status: "undecided", explanation: `${step.lab} was not measured yet`, advice: fail };
    }
    const { status, explanation } = evaluateExpectation(run.result, expect, 0);
    return { name, status, explanation, advice: status === "met" ? null : fail };
  };
  const outcomes: CheckOutcome[] = [];
  for (const check of step.checks) outcomes.push(await one(check));
  return { outcomes, run };
}

const isPassed = (outcomes: readonly CheckOutcome[]): boolean => outcomes.every(({ status }) => status === "met");

/**
 * Checks a step, and notes where it is passed.
 * @param name - of the step; the current one where it is left out
 * @param resultsDir - absolute
 */
export async function checkStep(
  workspace: Workspace,
  name: string | undefined,
  resultsDir: string,
): Promise<{ readonly state: Started; readonly step: HandoutStep; readonly outcomes: readonly CheckOutcome[] }> {
  const state = await started(workspace);
  const { handout, progress } = state;
  const step = findStep(handout, progress, name);
  const { outcomes, run } = await evaluate(workspace, state, step, resultsDir);
  if (isPassed(outcomes)) {
    const measured = step.checks.some((one) => "expect" in one) ? run : undefined;
    const at = { now: new Date(), run: measured?.result.id ?? null, runDigest: measured?.digest ?? null };
    await writeProgress(workspace.workingDirectory, pass(handout, progress, step.id, at));
  }
  return { state, step, outcomes };
}

/**
 * `workshop check`: holds what was measured against a step's conditions; where all are met the next step is shown from
 * now on. A step without conditions is passed by checking it.
 * @throws LabError "expectation" (exit 7) when one is not met
 */
export async function workshopCheck(
  workspace: Workspace,
  name: string | undefined,
  options: CheckOptions,
): Promise<void> {
  const resultsDir = resolve(workspace.workingDirectory, options.results);
  let shown = "";
  for (;;) {
    const { state, step, outcomes } = await checkStep(workspace, name, resultsDir);
    const text = asText(workspace, state, step, outcomes, options.format);
    if (text !== shown) workspace.print(text);
    shown = text;
    if (isPassed(outcomes)) return;
    if (!options.watch) throw notPassed(step, outcomes);
    await sleep(WATCH_MS, undefined, { signal: workspace.interrupts.signal });
  }
}

function asText(
  { terminal }: Workspace,
  { handout }: Started,
  step: HandoutStep,
  outcomes: readonly CheckOutcome[],
  format: CheckOptions["format"],
): string {
  if (format === "table") return showOutcomes(handout, step, outcomes, terminal);
  return JSON.stringify({ schemaVersion: 1, step: step.id, passed: isPassed(outcomes), checks: outcomes }, null, 2);
}

function notPassed(step: HandoutStep, outcomes: readonly CheckOutcome[]): LabError {
  const open = outcomes.filter(({ status }) => status !== "met");
  return new LabError("expectation", `${open.length} of ${outcomes.length} conditions of "${step.title}" are not met`, {
    next: step.hints.length > 0 ? "majek-lab workshop hint" : "majek-lab workshop show",
  });
}

/** Shows one more hint of a step, where there is one. @returns the step, and how many are shown now */
export async function nextHint(
  workspace: Workspace,
  name?: string,
): Promise<{ readonly step: HandoutStep; readonly shown: number }> {
  const { handout, progress } = await started(workspace);
  const step = findStep(handout, progress, name);
  const shown = Math.min(progressOf(progress, step.id).hintsShown + 1, step.hints.length);
  await writeProgress(workspace.workingDirectory, changeStep(progress, step.id, { hintsShown: shown }));
  return { step, shown };
}

/** Notes that a step's solution was looked at. */
export async function solveStep(workspace: Workspace, name?: string): Promise<HandoutStep> {
  const { handout, progress } = await started(workspace);
  const step = findStep(handout, progress, name);
  await writeProgress(workspace.workingDirectory, changeStep(progress, step.id, { solutionShown: true }));
  return step;
}

/** `workshop hint`: one more hint each time. */
export async function workshopHint(workspace: Workspace): Promise<void> {
  const { step, shown } = await nextHint(workspace);
  const lines = step.hints.slice(0, shown).map((hint, index) => `Hint ${index + 1}: ${hint.trim()}`);
  if (shown === step.hints.length) lines.push("There are no more hints; majek-lab workshop solve shows the solution.");
  workspace.print(lines.join("\n"));
}

/** `workshop solve`: the solution, which is noted. */
export async function workshopSolve(workspace: Workspace): Promise<void> {
  const step = await solveStep(workspace);
  workspace.print(step.solution?.trim() ?? "This step is for reading: majek-lab workshop check goes on.");
}

/** `workshop status`: every step, and which are passed. */
export async function workshopStatus(workspace: Workspace, format: "table" | "json"): Promise<void> {
  const { handout, progress } = await started(workspace);
  const steps = handout.steps.map(({ id, title, minutes }) => ({ id, title, minutes, ...progressOf(progress, id) }));
  const json = { schemaVersion: 1, lab: handout.lab, current: progress.current, steps };
  workspace.print(
    format === "json" ? JSON.stringify(json, null, 2) : showStatus(handout, progress, workspace.terminal),
  );
}

/** `workshop reset`: forgets the progress in this folder; results stay. */
export async function workshopReset(workspace: Workspace): Promise<void> {
  await rm(progressFile(workspace.workingDirectory), { force: true });
  workspace.print("the progress of the workshop is forgotten; results stay");
}
