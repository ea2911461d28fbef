import { access, constants } from "node:fs/promises";
import { dirname } from "node:path";
import { connectEngine } from "../docker/connect.js";
import type { Engine } from "../docker/types.js";
import { acquireLabLock } from "../fleet/lock.js";
import { fetchInputs, requireBlock } from "../lock/fetch.js";
import { lockHash, readLock } from "../lock/file.js";
import { platformOf } from "../lock/platform.js";
import { resolveLock } from "../lock/resolve.js";
import { rootfsRecipe } from "../lock/rootfs.js";
import { type LockRequest, lockState, withResolved } from "../lock/state.js";
import { LabError } from "../model/errors.js";
import type { FetchedInputs, LabLock } from "../model/lock.js";
import type { LabPlan } from "../model/plan.js";
import type { Lab } from "../model/spec.js";
import { interpreterIds } from "../plan/interpreters.js";
import { planLab } from "../plan/plan.js";
import type { Reporter } from "../report/reporter.js";
import { findLab } from "../spec/find.js";
import { loadLab } from "../spec/load.js";
import { stoppable } from "../system/stoppable.js";
import { openStore, type Store } from "../system/store.js";
import { sweepScratch } from "../system/store-scratch.js";
import { changeLock } from "./lock-file.js";
import { readSeries } from "./package-files.js";
import type { Workspace } from "./workspace.js";

/** The tools of a verb that builds or runs something. */
export interface Bench {
  readonly workspace: Workspace;
  readonly engine: Engine;
  readonly store: Store;
  readonly progress: Reporter;
  readonly signal: AbortSignal;
  readonly environment: Workspace["environment"];
}

/** A lab with its inputs at hand and everything decided. */
export interface PlannedLab {
  readonly lab: Lab;
  readonly plan: LabPlan;
  readonly inputs: FetchedInputs;
}

/** A planned lab with the lock it was planned from; its inputs need not be at hand. */
export interface LockedLab extends PlannedLab {
  readonly whole: LabLock;
}

export interface InputOptions {
  readonly offline?: boolean;
  readonly frozen?: boolean;
}

/**
 * Connects to the engine and opens the content store, without what killed commands left in it.
 * @param style - how progress is shown; see Workspace
 */
export async function openBench(
  workspace: Workspace,
  style: Parameters<Workspace["progress"]>[0] = {},
): Promise<Bench> {
  await sweepScratch(workspace.environment.cacheDir);
  const progress = await workspace.progress(style);
  const engine = await stoppable(workspace.interrupts.signal, connectEngine(workspace.environment));
  return benchOn(workspace, engine, progress);
}

/** The same with an engine that is connected already, and with the content store as it is. */
export function benchOn(workspace: Workspace, engine: Engine, progress: Reporter): Bench {
  const { environment, interrupts } = workspace;
  return {
    workspace,
    engine,
    store: openStore(environment),
    progress,
    signal: interrupts.signal,
    environment,
  };
}

/** Runs work that builds, starts or removes something of a lab; only one command may at a time. */
export async function withLabLock<T>(
  { workspace, engine, environment }: Bench,
  lab: string,
  work: () => Promise<T>,
): Promise<T> {
  const place = { cacheDir: environment.cacheDir, endpoint: engine.info.endpoint, lab };
  const lock = await acquireLabLock(place, workspace.argv);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** A lab by name or path. */
export async function openLab(workspace: Workspace, name: string): Promise<Lab> {
  return loadLab(await findLab(name, workspace), interpreterIds(await readSeries(workspace.packageRoot)));
}

/** What a lock of this lab is resolved from, on the engine's platform. */
export async function lockRequest(bench: Bench, lab: Lab): Promise<LockRequest> {
  const series = await readSeries(bench.workspace.packageRoot);
  const interpreters = Object.entries(series).map(([minor, { version, archive, sha256: hash, suite }]) => ({
    minor,
    version,
    file: archive,
    sha256: hash,
    ...(suite === undefined ? {} : { suite }),
  }));
  return { spec: lab.source, platform: platformOf(bench.engine.info.architecture), interpreters };
}

async function writable(path: string): Promise<boolean> {
  return access(dirname(path), constants.W_OK).then(
    () => true,
    () => false,
  );
}

/**
 * The lock to build from. A current lock is used as it is; one that is missing or stale is resolved now and written,
 * unless `frozen` or `offline` forbid it.
 */
async function usableLock(bench: Bench, lab: Lab, request: LockRequest, options: InputOptions): Promise<LabLock> {
  const previous = await readLock(lab.lockFile);
  const state = lockState(previous, request);
  if (state === "current" && previous !== undefined) return previous;
  if (options.frozen || options.offline) {
    throw new LabError("input", `lab.lock is ${state === "platform" ? `not for ${request.platform}` : state}`, {
      where: lab.lockFile,
      next: state === "platform" ? `majek-lab lock LAB --platform ${request.platform}` : "majek-lab lock LAB",
    });
  }
  bench.progress.note(`lab.lock is ${state === "platform" ? `not for ${request.platform}` : state}: resolving inputs`);
  const lock = await resolveLock(bench, request, previous);
  if (!(await writable(lab.lockFile))) return lock;
  // Of two that resolved at once, the first one's is built from by both.
  return changeLock(bench, lab.lockFile, (current) =>
    current !== undefined && lockState(current, request) === "current"
      ? current
      : withResolved(current, lock, request.platform),
  );
}

/**
 * Decides everything about building a lab from what its lock names, which need not be at hand yet.
 * @throws LabError "lab", "input" or "engine"
 */
export async function planWithLock(bench: Bench, lab: Lab, options: InputOptions): Promise<LockedLab> {
  const request = await lockRequest(bench, lab);
  const { platform } = request;
  const whole = await usableLock(bench, lab, request, options);
  const lock = requireBlock(whole, platform);
  return { whole, ...(await planFrom(bench, lab, whole, { platform, lock, reResolved: [] })) };
}

/**
 * Brings the inputs of a planned lab into reach.
 * @throws LabError "input" or "engine"
 */
export async function bringInputs(
  bench: Bench,
  { lab, whole, plan, inputs }: LockedLab,
  options: InputOptions,
): Promise<PlannedLab> {
  const fetched = await fetchInputs(bench, whole, inputs.platform, options);
  return fetched.reResolved.length === 0 ? { lab, plan, inputs } : planFrom(bench, lab, whole, fetched);
}

/**
 * Brings a lab's inputs into reach and decides everything about building it.
 * @throws LabError "lab", "input" or "engine"
 */
export async function planWithInputs(bench: Bench, lab: Lab, options: InputOptions): Promise<PlannedLab> {
  return bringInputs(bench, await planWithLock(bench, lab, options), options);
}

/** Decides everything about building a lab from these inputs, which need not be at hand yet. */
export async function planFrom(bench: Bench, lab: Lab, lock: LabLock, inputs: FetchedInputs): Promise<PlannedLab> {
  const { packageRoot } = bench.workspace;
  const plan = planLab({
    lab,
    inputs,
    lockHash: lockHash(lock, inputs.platform),
    series: await readSeries(packageRoot),
    rootfsRecipe: await rootfsRecipe(),
  });
  return { lab, plan, inputs };
}
