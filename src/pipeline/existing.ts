import { resolve } from "node:path";
import { type FoundFleet, listFleets } from "../fleet/find.js";
import { removeAll } from "../fleet/remove.js";
import type { RunResult, VariantResult } from "../model/run.js";
import { listRuns } from "../results/locate.js";
import { carriedFrom } from "../results/measured.js";
import { readRun } from "../results/read.js";
import type { BuiltLab } from "./images.js";
import type { Bench } from "./inputs.js";
import { configHash } from "./measure.js";

/** A lab whose images are known, be they on the engine or not. */
export type KnownLab = Pick<BuiltLab, "lab" | "plan" | "images">;

/** What is on record of a fleet. */
interface Measurement {
  readonly run: RunResult;
  readonly result: VariantResult;
}

/** What an `up` finds. */
export interface Existing {
  /** Variants whose fleet serves, unchanged and measured: nothing is to be done. Those started last come last. */
  readonly current: ReadonlyMap<string, Measurement>;
  /** Fleets to remove before their variant is started again, with the reason. */
  readonly stale: readonly { readonly fleet: FoundFleet; readonly why: string }[];
}

/** What was measured of a fleet, or why that is of no use. */
async function measurementOf(resultsDir: string, fleet: FoundFleet): Promise<Measurement | string> {
  const here = (await listRuns(resultsDir)).find(({ id }) => id === fleet.run);
  // Or where another working directory has put them.
  const directory = here?.directory ?? fleet.results;
  const run = await readRun(directory).catch(() => undefined);
  if (run === undefined) return `its results in ${directory} cannot be read`;
  const result = run.variants[fleet.variant];
  return result === undefined || result.incomplete ? "its measurement was interrupted" : { run, result };
}

function wantedHash(built: KnownLab, name: string, secrets: Readonly<Record<string, string>>): string | undefined {
  const variant = built.plan.variants.find((one) => one.name === name);
  const image = variant && built.images.get(variant.imageTag);
  return image && configHash(built.lab.spec, variant, image, secrets);
}

/** Compares the fleets that exist with what the lab says now. Fleets of variants that were not asked for are left alone. */
export async function findExisting(
  bench: Bench,
  built: KnownLab,
  resultsDir: string,
  recreate: boolean,
  secrets: Readonly<Record<string, string>> = {},
): Promise<Existing> {
  const folder = resolve(bench.workspace.workingDirectory, resultsDir);
  const current = new Map<string, Measurement>();
  const stale: Existing["stale"][number][] = [];
  for (const fleet of await listFleets(bench.engine, { lab: built.lab.spec.name })) {
    const hash = wantedHash(built, fleet.variant, secrets);
    if (hash === undefined) continue;
    const measured = await measurementOf(folder, fleet);
    if (recreate) stale.push({ fleet, why: "--recreate" });
    else if (fleet.status !== "running") stale.push({ fleet, why: `it is ${fleet.status}` });
    else if (fleet.configHash !== hash) stale.push({ fleet, why: "the lab or its numbers have changed" });
    else if (typeof measured === "string") stale.push({ fleet, why: measured });
    else current.set(fleet.variant, measured);
  }
  return { current, stale };
}

/** The run that has all of them, where there is one: nothing needs to be written then. */
export function commonRun({ current }: Existing): RunResult | undefined {
  const newest = [...current.values()].at(-1)?.run;
  const whole = [...current.keys()].every((name) => newest?.variants[name] !== undefined);
  return whole ? newest : undefined;
}

/**
 * Measurements of fleets that stay as they are, for the record of the run that measures the others. Each says where it is
 * from: its raw samples stay there.
 */
export function carriedOver({ current }: Existing): readonly VariantResult[] {
  return [...current.values()].map(({ run, result }) => ({
    ...result,
    warnings: [...result.warnings, carriedFrom(run.id)],
  }));
}

/** A run without its baseline has no verdict: it is measured again when anything else is. */
export async function withBaseline(bench: Bench, built: KnownLab, existing: Existing): Promise<Existing> {
  const { baseline, variants, name } = built.lab.spec;
  const complete = variants.every((variant) => existing.current.has(variant.name));
  if (complete || !existing.current.has(baseline)) return existing;
  const fleets = await listFleets(bench.engine, { lab: name, variant: baseline });
  const again = fleets.map((fleet) => ({ fleet, why: "the baseline is measured beside the others" }));
  return {
    ...existing,
    current: new Map([...existing.current].filter(([one]) => one !== baseline)),
    stale: [...existing.stale, ...again],
  };
}

/** Removes stale fleets, and says of each why. */
export async function removeStale(bench: Bench, { stale }: Existing): Promise<void> {
  for (const { fleet, why } of stale) {
    bench.progress.note(`replacing the fleet of ${fleet.variant}: ${why}`);
    await removeAll(bench.engine, { lab: fleet.lab, run: fleet.run, variant: fleet.variant });
  }
  const left = new Set((await listFleets(bench.engine)).map(({ run }) => run));
  for (const run of new Set(stale.map(({ fleet }) => fleet.run)))
    if (!left.has(run)) await removeAll(bench.engine, { run });
}
