import { resolve } from "node:path";
import type { RunResult, VariantResult } from "../model/run.js";
import type { RunReport } from "../report/run-report.js";
import { compareToBaseline } from "../results/compare.js";
import { openEvents } from "../results/events-file.js";
import { evaluateExpectations } from "../results/expectations.js";
import { hostFacts } from "../results/host.js";
import { newRunId } from "../results/ids.js";
import { createRun, type RunWriter } from "../results/store.js";
import { EventStream } from "./events.js";
import type { BuiltLab } from "./images.js";
import type { Bench } from "./inputs.js";
import { readVersion } from "./package-files.js";

/** Repeats belong together: `first` is the id of the first pass, once there is one. */
export interface Series {
  readonly first: string | undefined;
}

/** A run that is being written. */
export interface Recording {
  readonly writer: RunWriter;
  /** What happens in it; written to events.ndjson. */
  readonly events: EventStream;
  /** As far as it is known. */
  result(): RunResult;
  /** Adds a variant, or what is measured of it by now, and writes the run. */
  add(variant: VariantResult): Promise<void>;
  /** Writes the run for the last time. @param complete - every wanted variant was measured to the end */
  finish(complete: boolean): Promise<RunResult>;
}

async function firstState(
  bench: Bench,
  built: BuiltLab,
  mode: RunResult["mode"],
  series: Series | undefined,
): Promise<RunResult> {
  const { lab, plan, inputs } = built;
  const { info } = bench.engine;
  const now = new Date();
  const id = newRunId(now);
  const patched = plan.images.filter(({ interpreter }) => interpreter.patches.length > 0);
  return {
    schemaVersion: 1,
    id,
    lab: lab.spec.name,
    spec: lab.spec,
    mode,
    ...(series === undefined ? {} : { series: series.first ?? id }),
    startedAt: now.toISOString(),
    finishedAt: null,
    status: "partial",
    provenance: {
      tool: { name: "majek-lab", version: await readVersion(bench.workspace.packageRoot) },
      command: bench.workspace.argv,
      labHash: lab.hash,
      lockHash: plan.lockHash,
      inputs: inputs.reResolved.length === 0 ? "pinned" : "re-resolved",
      reResolved: inputs.reResolved,
      patches: Object.fromEntries(
        patched.map(({ interpreter }) => [
          interpreter.id,
          Object.fromEntries(interpreter.patches.map(({ name, sha256 }) => [name, sha256])),
        ]),
      ),
      host: await hostFacts(),
      engine: { name: info.name, version: info.version, apiVersion: info.apiVersion, storage: info.storageDriver },
    },
    variants: {},
    expectations: [],
    warnings:
      inputs.reResolved.length === 0
        ? []
        : [`re-resolved (${inputs.reResolved.length} packages): not the pinned image`],
  };
}

function withVariants(run: RunResult, added: readonly VariantResult[]): RunResult {
  const named = Object.fromEntries(added.map((result) => [result.variant.name, result]));
  const result = { ...run, variants: { ...run.variants, ...named } };
  return { ...result, expectations: evaluateExpectations(result) };
}

/**
 * Starts the record of a run below `--results`.
 * @param options - `before`: measurements that it begins with; `series`: the repeats that it is one of
 */
export async function startRecording(
  bench: Bench,
  built: BuiltLab,
  resultsDir: string,
  mode: RunResult["mode"],
  { before = [], series }: { before?: readonly VariantResult[]; series?: Series | undefined } = {},
): Promise<Recording> {
  let result = withVariants(await firstState(bench, built, mode, series), before);
  const writer = await createRun(resolve(bench.workspace.workingDirectory, resultsDir), result);
  const events = new EventStream();
  const file = openEvents(writer.directory);
  events.listen((event) => file.add(event));
  return {
    writer,
    events,
    result: () => result,
    add: async (variant) => {
      result = withVariants(result, [variant]);
      await writer.write(result);
    },
    finish: async (complete) => {
      const status = complete ? "complete" : "partial";
      result = { ...result, finishedAt: new Date().toISOString(), status };
      events.emit({ event: "finished", status });
      try {
        await writer.write(result);
      } finally {
        await file.close();
        await writer.close();
      }
      return result;
    },
  };
}

/** What the exporters need. */
export function reportOf(run: RunResult): RunReport {
  return { run, comparisons: compareToBaseline(run) };
}
