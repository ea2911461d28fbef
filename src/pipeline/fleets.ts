import type { Readable } from "node:stream";
import { connectEngine } from "../docker/connect.js";
import type { Engine } from "../docker/types.js";
import { type FoundFleet, listFleets } from "../fleet/find.js";
import { acquireLabLock, busyLabs, requireIdle } from "../fleet/lock.js";
import { findAll, type Removed, removeAll, removeFound, type Steps } from "../fleet/remove.js";
import { LabError } from "../model/errors.js";
import { alignColumns } from "../report/columns.js";
import { linesOf } from "../system/lines.js";
import { stoppable } from "../system/stoppable.js";
import { chosenFleets, fleetLab } from "./fleet-names.js";
import type { Workspace } from "./workspace.js";

/** `status`: every fleet there is, or those of LAB, found by label. */
export async function status(
  workspace: Workspace,
  word: string | undefined,
  format: "table" | "json",
): Promise<string> {
  const engine = await connectEngine(workspace.environment);
  const fleets = await listFleets(engine, word === undefined ? {} : { lab: await fleetLab(workspace, engine, word) });
  if (format === "json") return JSON.stringify({ schemaVersion: 1, fleets }, null, 2);
  if (fleets.length === 0) return "no fleets";
  const columns = ["lab", "variant", "state", "address", "run", "owner"].map((title) => ({
    title,
    align: "left" as const,
  }));
  const rows = fleets.map((fleet) => [
    fleet.lab,
    fleet.variant,
    fleet.outOfMemory ? `${fleet.status} (out of memory)` : fleet.status,
    fleet.port === null ? "-" : `http://127.0.0.1:${fleet.port}`,
    fleet.run,
    fleet.owner,
  ]);
  return alignColumns(columns, rows).join("\n");
}

async function printLog(
  workspace: Workspace,
  engine: Engine,
  fleet: FoundFleet,
  follow: boolean,
  prefix: string,
): Promise<void> {
  const log = await engine.containers.get(fleet.id).logs({ follow });
  const { signal } = workspace.interrupts;
  if (signal.aborted) log.close();
  else signal.addEventListener("abort", () => log.close(), { once: true });
  const show = async (stream: Readable): Promise<void> => {
    for await (const line of linesOf(stream)) {
      workspace.print(`${prefix}${line}`);
      await workspace.drained();
    }
  };
  await Promise.all([show(log.stdout), show(log.stderr)]);
}

/** `logs`: what the fleets wrote; each line names its variant where there are several. */
export async function logs(
  workspace: Workspace,
  word: string,
  options: { readonly variant?: string; readonly follow?: boolean },
): Promise<void> {
  const { interrupts } = workspace;
  const engine = await stoppable(interrupts.signal, connectEngine(workspace.environment));
  const fleets = await stoppable(interrupts.signal, chosenFleets(workspace, engine, word, options.variant));
  const print = (fleet: FoundFleet): Promise<void> =>
    printLog(workspace, engine, fleet, options.follow ?? false, fleets.length > 1 ? `${fleet.variant}  ` : "");
  if (options.follow) await Promise.all(fleets.map(print));
  else for (const fleet of fleets) await print(fleet);
  // Ctrl-C is how following ends; what was to be shown whole and was not is something else.
  if (!options.follow) interrupts.signal.throwIfAborted();
}

/** How many of what there is; empty for nothing. @param leftovers - temporary files of the content store */
export function describeCounts({ containers, networks, volumes, images }: Removed, leftovers: number): string {
  const all = { containers, networks, volumes, images, "temporary files": leftovers };
  const parts = Object.entries(all).filter(([, count]) => count > 0);
  return parts.map(([what, count]) => `${count} ${what}`).join(", ");
}

/** What was removed, in words. @param leftovers - temporary files of the content store */
export function describeRemoved(removed: Removed, leftovers = 0): string {
  const what = describeCounts(removed, leftovers);
  return what === "" ? "nothing to remove" : `removed ${what}`;
}

/**
 * `down`: removes fleets by label, whoever started them; what the lab's file says does not matter.
 * @throws LabError "failed" when a command that runs right now holds the lab
 */
export async function down(
  workspace: Workspace,
  word: string | undefined,
  options: { readonly all?: boolean },
): Promise<string> {
  if ((word === undefined) !== (options.all ?? false)) {
    throw new LabError("usage", "name one lab, or say --all", { next: "majek-lab down --all" });
  }
  const { signal } = workspace.interrupts;
  const engine = await stoppable(signal, connectEngine(workspace.environment));
  const progress = await workspace.progress();
  try {
    if (word !== undefined) return describeRemoved(await downLab(workspace, engine, word, progress));
    return describeRemoved(await stoppable(signal, downAll(workspace, engine, progress)));
  } finally {
    progress.close();
  }
}

async function downLab(workspace: Workspace, engine: Engine, word: string, steps: Steps): Promise<Removed> {
  const { signal } = workspace.interrupts;
  const lab = await stoppable(signal, fleetLab(workspace, engine, word));
  const lock = await acquireLabLock(place(workspace, engine, lab), workspace.argv);
  try {
    return await stoppable(signal, removeAll(engine, { lab }, steps));
  } finally {
    await lock.release();
  }
}

async function downAll(workspace: Workspace, engine: Engine, steps: Steps): Promise<Removed> {
  // In this order: what a command that begins in between makes is not in the list.
  const found = await findAll(engine);
  const busy = await busyLabs(workspace.environment.cacheDir, engine.info.endpoint);
  requireIdle(busy, "; or name one lab that is free");
  return removeFound(engine, found, steps);
}

function place(workspace: Workspace, engine: Engine, lab: string): Parameters<typeof acquireLabLock>[0] {
  return { cacheDir: workspace.environment.cacheDir, endpoint: engine.info.endpoint, lab };
}
