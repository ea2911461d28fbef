import { stat } from "node:fs/promises";
import { LabError } from "../model/errors.js";
import { isPython2 } from "../model/guest.js";
import type { DebEntry, LabLock, PlatformLock, SourceEntry } from "../model/lock.js";
import type { Step } from "../model/progress.js";
import { type Apt, findMirror, openApt, resolveClosure, resolveSource, sourceEntry, type WantedSource } from "./apt.js";
import type { LockContext } from "./context.js";
import { warnOfLocalProxies } from "./proxies.js";
import { resolvePython } from "./python.js";
import { BASE_PACKAGES, BUILDER_PACKAGES, SUITE } from "./recipe.js";
import { ensureSeed } from "./seed.js";
import { type SeedSession, withSeed } from "./session.js";
import {
  compareLocks,
  inputsHash,
  type LockChange,
  type LockRequest,
  type LockState,
  lockState,
  usedSources,
} from "./state.js";

const SCRIPTS = ["build_requires.py", "pip_for.py"];

/**
 * An archive that the mirror's index no longer lists, but that is at hand, keeps its conventional pool path.
 * @throws LabError "input" when it is not at hand either
 */
async function sourceAtHand(context: LockContext, wanted: WantedSource, suite: string): Promise<SourceEntry> {
  const path = await context.store.find(wanted.sha256, wanted.file);
  if (path === undefined) {
    throw new LabError("input", `no source package of ${suite} carries ${wanted.file} with the pinned sha256`, {
      where: wanted.file,
      next: "put that file into a folder and name the folder in MAJEK_LAB_INPUTS",
    });
  }
  const name = wanted.file.split("_")[0] ?? wanted.file;
  const { size } = await stat(path);
  return sourceEntry(wanted, suite, `pool/main/${name.slice(0, 1)}/${name}/${wanted.file}`, size);
}

/** Upstream archives that one suite's source packages carry. */
async function resolveSources(
  context: LockContext,
  session: SeedSession,
  apt: Apt,
  wanted: readonly WantedSource[],
): Promise<SourceEntry[]> {
  const found: SourceEntry[] = [];
  for (const one of wanted.filter(({ suite = SUITE }) => suite === apt.suite)) {
    found.push((await resolveSource(apt, session, one)) ?? (await sourceAtHand(context, one, apt.suite)));
  }
  return found;
}

/** What images hold, with the packages that the lab adds. @throws LabError "lab" for one that the suite does not have */
async function resolveBase(apt: Apt, session: SeedSession, more: readonly string[]): Promise<DebEntry[]> {
  // A pattern, because apt takes a last + or - of a name for a command; one that nothing matches is passed over.
  const names = more.map((name) => `?exact-name(${name})`);
  const found = await resolveClosure(apt, session, [...BASE_PACKAGES, ...names]);
  const missing = more.filter((name) => !found.some((entry) => entry.name === name));
  if (missing.length === 0) return found;
  throw new LabError("lab", `Debian ${apt.suite} has no package ${missing.join(", ")}`, {
    where: "app.apt",
    next: "change app.apt in lab.yaml",
  });
}

async function resolveAll(
  context: LockContext,
  session: SeedSession,
  request: LockRequest,
  step: Step,
): Promise<PlatformLock> {
  const { platform } = request;
  const mirror = await findMirror(context, session, SUITE);
  const open = (suite: string) => openApt(context, session, { suite, platform, mirror, sources: true });
  step.update("upstream archives");
  const wanted = usedSources(request);
  const sources: SourceEntry[] = [];
  // Opening a suite closes the one before, so the suite that packages come from is opened last.
  for (const suite of new Set(wanted.map(({ suite = SUITE }) => suite))) {
    if (suite !== SUITE) sources.push(...(await resolveSources(context, session, await open(suite), wanted)));
  }
  const apt = await open(SUITE);
  sources.push(...(await resolveSources(context, session, apt, wanted)));
  step.update("Debian packages");
  const base = await resolveBase(apt, session, request.spec.app.apt);
  const builder = await resolveClosure(apt, session, BUILDER_PACKAGES);
  step.update("Python packages");
  const onLine = (line: string) => {
    if (line.startsWith("Collecting ")) step.update(line.replace("Collecting ", ""));
  };
  const python2 = wanted.some(({ minor }) => isPython2(minor));
  const python = await resolvePython(context, session, request.spec.app.requirements, { platform, python2, onLine });
  return { suite: SUITE, base, builder, sources, ...python, expected: null };
}

/** Resolves one platform's inputs, whatever a lock says. */
async function resolvePlatform(context: LockContext, request: LockRequest): Promise<PlatformLock> {
  const image = await ensureSeed(context.engine, context.environment, context.progress, context.signal);
  const step = context.progress.step(`Resolving the inputs of ${request.spec.name}`);
  try {
    warnOfLocalProxies(context);
    const options = { image, network: "default", scripts: SCRIPTS } as const;
    const block = await withSeed(context, options, (session) => resolveAll(context, session, request, step));
    step.done(`${block.builder.length} Debian and ${block.python.length} Python packages`);
    return block;
  } catch (error) {
    step.fail();
    throw error;
  }
}

/**
 * The lock of a lab: as it is where it is current, otherwise resolved on the mirror and the package index of today.
 * @param previous - the lock on disk; its blocks of other platforms stay while the lab is the same
 * @param update - resolve even where the lock is current
 * @throws LabError "lab" for requirements that cannot be met, "input" for an archive nobody has, "engine" without a seed
 */
export async function resolveLock(
  context: LockContext,
  request: LockRequest,
  previous?: LabLock,
  update = false,
): Promise<LabLock> {
  const state = lockState(previous, request);
  if (state === "current" && previous !== undefined && !update) return previous;
  const block = await resolvePlatform(context, request);
  const others = state === "missing" || state === "stale" ? {} : previous?.platforms;
  return {
    lockVersion: 1,
    lab: request.spec.name,
    inputsHash: inputsHash(request),
    platforms: { ...others, [request.platform]: block },
  };
}

/** What `lock --check` says. In order when state is `current` and there are no changes. */
export interface LockCheck {
  readonly state: LockState;
  /** What resolving today would change; empty where there is no block to compare with. */
  readonly changes: readonly LockChange[];
}

/** Compares a lock with what would be resolved today. Changes nothing. */
export async function checkLock(
  context: LockContext,
  request: LockRequest,
  lock: LabLock | undefined,
): Promise<LockCheck> {
  const state = lockState(lock, request);
  const block = lock?.platforms[request.platform];
  if (block === undefined) return { state, changes: [] };
  return { state, changes: compareLocks(block, await resolvePlatform(context, request)) };
}
