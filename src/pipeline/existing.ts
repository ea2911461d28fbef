import { resolve } from "node:path";
import { type FoundFleet, listFleets } from "../fleet/find.js";
import { removeAll } from "../fleet/remove.js";
import type { RunResult } from "../model/run.js";
import { listRuns } from "../results/locate.js";
import { readRun } from "../results/read.js";
import type { BuiltLab } from "./images.js";
import type { Bench } from "./inputs.js";
import { configHash } from "./measure.js";

/** A lab whose images are known, be they on the engine or not. */
export type KnownLab = Pick<BuiltLab, "lab" | "plan" | "images">;

/** What an `up` finds. */
export interface Existing {
  /** Variants whose fleet serves, unchanged and measured: nothing is to be done. */
  readonly current: readonly string[];
  /** The newest run that measured one of them. */
  readonly run: RunResult | undefined;
  /** Fleets to remove before their variant is started again, with the reason. */
  readonly stale: readonly { readonly fleet: FoundFleet; readonly why: string }[];
}

async function measuredRun(resultsDir: string, fleet: FoundFleet): Promise<RunResult | undefined> {
  const location = (await listRuns(resultsDir)).find(({ id }) => id === fleet.run);
  const run = location && (await readRun(location.directory).catch(() => undefined));
  return run?.variants[fleet.variant] === undefined ? undefined : run;
}

function wantedHash(built: KnownLab, name: string): string | undefined {
  const variant = built.plan.variants.find((one) => one.name === name);
  const image = variant && built.images.get(variant.imageTag);
  return image && configHash(built.lab.spec, variant, image);
}

/** Compares the fleets that exist with what the lab says now. Fleets of variants that were not asked for are left alone. */
export async function findExisting(
  bench: Bench,
  built: KnownLab,
  resultsDir: string,
  recreate: boolean,
): Promise<Existing> {
  const folder = resolve(bench.workspace.workingDirectory, resultsDir);
  const current: string[] = [];
  const stale: Existing["stale"][number][] = [];
  let newest: RunResult | undefined;
  for (const fleet of await listFleets(bench.engine, { lab: built.lab.spec.name })) {
    const hash = wantedHash(built, fleet.variant);
    if (hash === undefined) continue;
    const run = await measuredRun(folder, fleet);
    if (recreate) stale.push({ fleet, why: "--recreate" });
    else if (fleet.status !== "running") stale.push({ fleet, why: `it is ${fleet.status}` });
    else if (fleet.configHash !== hash) stale.push({ fleet, why: "the lab has changed" });
    else if (run === undefined) stale.push({ fleet, why: "its measurement was interrupted" });
    else {
      current.push(fleet.variant);
      newest = run;
    }
  }
  return { current, run: newest, stale };
}

/** A run without its baseline has no verdict: it is measured again when anything else is. */
export async function withBaseline(bench: Bench, built: KnownLab, existing: Existing): Promise<Existing> {
  const { baseline, variants, name } = built.lab.spec;
  const complete = variants.every((variant) => existing.current.includes(variant.name));
  if (complete || !existing.current.includes(baseline)) return existing;
  const fleets = await listFleets(bench.engine, { lab: name, variant: baseline });
  const again = fleets.map((fleet) => ({ fleet, why: "the baseline is measured beside the others" }));
  return {
    ...existing,
    current: existing.current.filter((one) => one !== baseline),
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
