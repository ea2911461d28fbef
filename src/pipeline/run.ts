import { join, resolve } from "node:path";
import { compileMasks, References } from "../fleet/load/references.js";
import { redact } from "../model/env-file.js";
import { forLab, LabError } from "../model/errors.js";
import type { RunResult } from "../model/run.js";
import type { Lab } from "../model/spec.js";
import { type Place, renderReport } from "../report/exporters.js";
import { renderRepeats } from "../report/repeats.js";
import { compareRepeats } from "../results/statistics.js";
import { listLabs } from "../spec/find.js";
import { runStarted } from "./events.js";
import type { BuiltLab } from "./images.js";
import { type Bench, openBench, openLab, withLabLock } from "./inputs.js";
import { measureOne } from "./measure.js";
import type { RunOptions } from "./options.js";
import { readyLab } from "./ready.js";
import { reportOf, type Series, startRecording } from "./record.js";
import { reportBeside } from "./report.js";
import { printSavings } from "./savings.js";
import { readSecrets, requireNoKeptSecrets } from "./secrets.js";
import { selectLab } from "./select.js";
import type { Workspace } from "./workspace.js";

/** Requests per worker of this command: named, or the lab's short or full form. */
function limitOf({ spec }: Lab, options: RunOptions): number {
  if (!options.short) return spec.load.requestsPerWorker;
  if (spec.short !== null) return spec.short.requestsPerWorker;
  throw new LabError("usage", `${spec.name} has no short form`, { next: "majek-lab run LAB --requests 500" });
}

async function wantedLabs(
  workspace: Workspace,
  name: string | undefined,
  options: RunOptions,
): Promise<readonly Lab[]> {
  if ((name === undefined) !== (options.all ?? false)) {
    throw new LabError("usage", "name one lab, or say --all", { next: "majek-lab list" });
  }
  const names = name === undefined ? (await listLabs(workspace)).map(({ directory }) => directory) : [name];
  const labs = await Promise.all(names.map((one) => openLab(workspace, one)));
  return labs.map((lab) => selectLab(lab, options, limitOf(lab, options)));
}

/** One pass over the variants; each fleet is gone before the next one starts. */
async function measureAll(bench: Bench, built: BuiltLab, options: RunOptions, series?: Series): Promise<RunResult> {
  const { spec } = built.lab;
  const recording = await startRecording(bench, built, options.results, options.short ? "short" : "run", { series });
  const variants = spec.variants.map(({ name }) => name);
  const table = bench.progress.liveTable();
  recording.events.listen((event) => table.take(event));
  recording.events.emit(runStarted(recording.result(), spec, variants));
  const secrets = await readSecrets(bench.workspace, options.envFile);
  const references = new References(compileMasks(spec.load.mask), (body) => redact(body, secrets));
  const measuring = {
    bench,
    built,
    recording,
    references,
    waitTimeout: options.waitTimeout,
    secrets,
    blame: options.blame,
    keepPages: options.keepPages ?? false,
    keep: false,
  };
  try {
    for (const variant of variants) await measureOne(measuring, variant);
    return await recording.finish(true);
  } catch (error) {
    // The reason counts, not that its disk does not take the last state either: the one before it is kept.
    await recording.finish(false).catch(() => undefined);
    bench.progress.note(`what was measured is in ${recording.writer.directory}`);
    throw error;
  } finally {
    table.close();
  }
}

async function runLab(bench: Bench, lab: Lab, options: RunOptions): Promise<RunResult[]> {
  return withLabLock(bench, lab.spec.name, async () => {
    const built = await readyLab(bench, lab, options);
    const runs: RunResult[] = [];
    // Whole passes, so that variants alternate: A B A B, never A A B B.
    for (let pass = 0; pass < options.repeats; pass += 1) {
      const series = options.repeats > 1 ? { first: runs[0]?.id } : undefined;
      runs.push(await measureAll(bench, built, options, series));
    }
    // All passes are known only now, and each report has the intervals of all.
    const results = resolve(bench.workspace.workingDirectory, options.results);
    for (const one of runs) await reportBeside(bench, one, join(results, one.lab, one.id));
    return runs;
  });
}

/** People see what the runs say together; machines read the runs. */
function printRepeats(workspace: Workspace, runs: readonly RunResult[], baseline: string, options: RunOptions): void {
  if (runs.length < 2 || options.format !== "table") return;
  const comparisons = compareRepeats(runs, baseline);
  if (comparisons.length > 0) workspace.print(`\n${renderRepeats(comparisons, baseline, runs.length)}`);
}

/**
 * `run`: the measured matrix, one variant at a time. Nothing stays on the engine; each pass is a stored run.
 * Where there are several, JSON is a line for each and CSV has one header.
 */
export async function run(workspace: Workspace, name: string | undefined, options: RunOptions): Promise<void> {
  requireNoKeptSecrets(options);
  const labs = await wantedLabs(workspace, name, options);
  const bench = await openBench(workspace);
  try {
    let place: Place = labs.length * options.repeats > 1 ? "first" : "only";
    for (const lab of labs) {
      const runs = await runLab(bench, lab, options).catch((error: unknown) => {
        throw forLab(error, lab.spec.name);
      });
      for (const result of runs) {
        workspace.print(renderReport(reportOf(result), options.format, workspace.terminal, place));
        printSavings(workspace, result, options);
        if (place === "first") place = "later";
      }
      printRepeats(workspace, runs, lab.spec.baseline, options);
    }
  } finally {
    bench.progress.close();
  }
}
