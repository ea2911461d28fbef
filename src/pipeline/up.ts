import { setTimeout as delay } from "node:timers/promises";
import { compileMasks, References } from "../fleet/load/references.js";
import { removeAll } from "../fleet/remove.js";
import { redact } from "../model/env-file.js";
import { LabError } from "../model/errors.js";
import type { RunResult } from "../model/run.js";
import type { Lab } from "../model/spec.js";
import { renderReport } from "../report/exporters.js";
import { describePlan } from "./dry-run.js";
import { EventStream, earlierEvents, runStarted } from "./events.js";
import { carriedOver, commonRun, type Existing, findExisting, removeStale, withBaseline } from "./existing.js";
import type { BuiltLab } from "./images.js";
import { type Bench, openBench, openLab, withLabLock } from "./inputs.js";
import { type LiveSession, openSession } from "./live.js";
import { type Measuring, measureOne } from "./measure.js";
import type { UpOptions } from "./options.js";
import { readyLab } from "./ready.js";
import { type Recording, reportOf, startRecording } from "./record.js";
import { reportBeside } from "./report.js";
import { printSavings } from "./savings.js";
import { readSecrets, requireNoKeptSecrets } from "./secrets.js";
import { selectLab, upLimit, verdictFirst } from "./select.js";
import type { Workspace } from "./workspace.js";

/** How long a second Ctrl-C is waited for after the first, in milliseconds. */
const SECOND_CHANCE = 5000;

/**
 * `up`: builds what is missing, starts the fleets, drives the load, shows them live, writes results. The fleets stay.
 * A repeated `up` leaves alone what is there and unchanged.
 */
export async function up(workspace: Workspace, name: string, options: UpOptions): Promise<void> {
  if (options.dashboard && options.detach) {
    throw new LabError("usage", "--detach returns when all is measured, and --dashboard stays: choose one", {
      next: "majek-lab up LAB --dashboard",
    });
  }
  requireNoKeptSecrets(options);
  const whole = await openLab(workspace, name);
  const lab = selectLab(whole, options, upLimit(whole.spec));
  const bench = await openBench(workspace, { live: !(options.detach ?? false) });
  if (options.dryRun) {
    workspace.print(await describePlan(bench, lab, options));
    return;
  }
  const session = openSession(bench, options.dashboard ?? false);
  try {
    await withLabLock(bench, lab.spec.name, () => upLocked(bench, lab, options, session));
    await session.stay();
  } finally {
    await session.close();
    bench.progress.close();
  }
}

async function upLocked(bench: Bench, lab: Lab, options: UpOptions, session: LiveSession): Promise<void> {
  const built = await readyLab(bench, lab, options);
  const secrets = await readSecrets(bench.workspace, options.envFile);
  const found = await findExisting(bench, built, options.results, options.recreate ?? false, secrets);
  const existing = await withBaseline(bench, built, found);
  await removeStale(bench, existing);
  const run = await measureMissing(bench, built, existing, options, session);
  bench.workspace.print(renderReport(reportOf(run), options.format, bench.workspace.terminal));
  printSavings(bench.workspace, run, options);
  bench.progress.note(`the fleets stay up; majek-lab down ${lab.spec.name} removes them`);
}

async function measureMissing(
  bench: Bench,
  built: BuiltLab,
  existing: Existing,
  options: UpOptions,
  session: LiveSession,
): Promise<RunResult> {
  const names = verdictFirst(built.lab.spec).filter((variant) => !existing.current.has(variant));
  if (names.length === 0) {
    bench.progress.note(`already up and measured: ${[...existing.current.keys()].join(", ")} (--recreate starts over)`);
    const run = commonRun(existing);
    if (run !== undefined) {
      await session.show(run.lab, pastEvents(run));
      return run;
    }
  }
  const { spec } = built.lab;
  const secrets = await readSecrets(bench.workspace, options.envFile);
  const recording = await startRecording(bench, built, options.results, "up", { before: carriedOver(existing) });
  const { events } = recording;
  const table = bench.progress.liveTable();
  events.listen((event) => table.take(event));
  events.emit(runStarted(recording.result(), spec, [...existing.current.keys(), ...names]));
  for (const event of earlierEvents(recording.result())) events.emit(event);
  const letKeysGo = await session.attach(recording, table);
  const measuring: Measuring = {
    bench,
    built,
    recording,
    hold: session.hold,
    references: new References(compileMasks(spec.load.mask), (body) => redact(body, secrets)),
    waitTimeout: options.waitTimeout,
    secrets,
    blame: options.blame,
    keepPages: options.keepPages ?? false,
    keep: true,
  };
  try {
    for (const variant of names) await measureOne(measuring, variant);
    const run = await recording.finish(true);
    await reportBeside(bench, run, recording.writer.directory);
    return run;
  } catch (error) {
    // A second Ctrl-C is the terminal's again.
    letKeysGo();
    table.close();
    // The reason counts, not that its disk does not take the last state either: the one before it is kept.
    await recording.finish(false).catch(() => undefined);
    if (bench.signal.aborted) await sayWhatStays(bench, built, recording);
    throw error;
  } finally {
    letKeysGo();
    table.close();
  }
}

/** What a run that is over would have told. */
function pastEvents(run: RunResult): EventStream {
  const events = new EventStream();
  events.emit(runStarted(run, run.spec, Object.keys(run.variants)));
  for (const event of earlierEvents(run)) events.emit(event);
  events.emit({ event: "finished", status: run.status });
  return events;
}

/**
 * After the first Ctrl-C: results and fleets stay; a second one removes what this run has started, while the lab is still
 * held. Whoever ends this by another signal cannot press keys, and is not kept waiting.
 */
async function sayWhatStays(
  { workspace, engine, progress }: Bench,
  { lab }: BuiltLab,
  recording: Recording,
): Promise<void> {
  const { name } = lab.spec;
  const { id: run } = recording.result();
  progress.note(`stopped; what was measured is in ${recording.writer.directory}`);
  const { signal, onSecond } = workspace.interrupts;
  if ((signal.reason as LabError).code !== "interrupted") {
    progress.note(`the fleets stay up; majek-lab down ${name} removes them`);
    return;
  }
  progress.note(
    `the fleets stay up; majek-lab down ${name} removes them; Ctrl-C once more, now, removes those of this run`,
  );
  const second = new AbortController();
  let removal = Promise.resolve();
  onSecond(() => {
    second.abort();
    removal = removeAll(engine, { lab: name, run }).then(() => progress.note("removed"));
    return removal;
  });
  await delay(SECOND_CHANCE, undefined, { signal: second.signal }).catch(() => undefined);
  // What goes wrong here is told by whoever started it.
  await removal.catch(() => undefined);
}
