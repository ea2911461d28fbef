import { LabError } from "../model/errors.js";
import type { DebEntry, FetchedInputs, LabLock, Platform, PlatformLock } from "../model/lock.js";
import type { Step } from "../model/progress.js";
import { type Apt, findMirror, openApt, resolveClosure } from "./apt.js";
import type { LockContext } from "./context.js";
import { DOWNLOAD_SCRIPTS, download, type OnFile } from "./download.js";
import { warnOfLocalProxies } from "./proxies.js";
import { ensureSeed } from "./seed.js";
import { type SeedSession, withSeed } from "./session.js";
import { type Substitution, substitute } from "./substitute.js";
import { missingFiles, type WantedFile, wantedFiles } from "./wanted.js";

export interface FetchOptions {
  /** Use what is at hand; never start a seed. */
  readonly offline?: boolean;
  /** Fail where the mirror dropped a package, instead of resolving it again. */
  readonly frozen?: boolean;
}

const MEGABYTE = 1e6;

const sum = (files: readonly WantedFile[]): number => files.reduce((total, { size }) => total + size, 0);

/** Counts files and megabytes as they arrive. */
function counter(step: Step, files: readonly WantedFile[]): OnFile {
  const total = (sum(files) / MEGABYTE).toFixed(0);
  let [count, bytes] = [0, 0];
  return (file) => {
    count += 1;
    bytes += file.size;
    step.update(`${count}/${files.length} files, ${(bytes / MEGABYTE).toFixed(0)}/${total} MB`);
  };
}

function offlineError(missing: readonly WantedFile[]): LabError {
  const megabytes = (sum(missing) / MEGABYTE).toFixed(1);
  return new LabError(
    "input",
    `${missing.length} locked inputs (${megabytes} MB) are not at hand, and --offline forbids to download`,
    {
      where: missing[0]?.file ?? "",
      next: "majek-lab fetch LAB while there is a network, or majek-lab load a file that has the images, or name a folder that has the inputs in MAJEK_LAB_INPUTS",
      details: missing.map(({ file }) => file),
    },
  );
}

function goneError(gone: readonly WantedFile[], next: string): LabError {
  const one = gone.length === 1 ? `${gone[0]?.file} is` : `${gone.length} locked inputs are`;
  return new LabError("input", `${one} no longer on the mirror or in the package index`, {
    where: gone[0]?.file ?? "",
    next,
    details: gone.map(({ file, from }) => (from.kind === "python" ? file : from.entry.path)),
  });
}

/** Names of the dropped packages, where resolving again is allowed and helps. */
function droppedPackages(gone: readonly WantedFile[], frozen: boolean): Set<string> {
  const fixed = gone.filter(({ from }) => from.kind !== "deb");
  if (fixed.some(({ from }) => from.kind === "source")) {
    throw goneError(fixed, "put that file into a folder and name the folder in MAJEK_LAB_INPUTS");
  }
  if (fixed.length > 0) throw goneError(fixed, "majek-lab lock LAB --update");
  if (frozen)
    throw goneError(gone, "leave out --frozen to use what the suite offers today, or majek-lab lock LAB --update");
  return new Set(gone.flatMap(({ from }) => (from.kind === "deb" ? [from.name] : [])));
}

/** What the suite offers today under the names of a locked list, with what that needs. */
async function closureOf(apt: Apt, session: SeedSession, locked: readonly DebEntry[]): Promise<DebEntry[]> {
  if (locked.length === 0) return [];
  return resolveClosure(
    apt,
    session,
    locked.map(({ name }) => name),
  );
}

async function resolveAgain(
  context: LockContext,
  session: SeedSession,
  lock: PlatformLock,
  platform: Platform,
  mirror: string,
  gone: ReadonlySet<string>,
): Promise<Substitution> {
  const apt = await openApt(context, session, { suite: lock.suite, platform, mirror, sources: false });
  const base = await closureOf(apt, session, lock.base);
  const builder = await closureOf(apt, session, lock.builder);
  const result = substitute(lock, gone, { base, builder });
  for (const { name, lockedVersion, usedVersion } of result.reResolved) {
    context.progress.note(`${name} ${lockedVersion} is no longer on the mirror; using ${usedVersion} of ${lock.suite}`);
  }
  return result;
}

async function fetchMissing(
  context: LockContext,
  lock: PlatformLock,
  platform: Platform,
  missing: readonly WantedFile[],
  frozen: boolean,
): Promise<Substitution> {
  const image = await ensureSeed(context.engine, context.environment, context.progress, context.signal);
  const step = context.progress.step("Downloading inputs");
  const work = async (session: SeedSession): Promise<Substitution> => {
    const mirror = await findMirror(context, session, lock.suite);
    const gone = await download(context, session, missing, mirror, counter(step, missing));
    if (gone.length === 0) return { lock, reResolved: [] };
    const dropped = droppedPackages(gone, frozen);
    const result = await resolveAgain(context, session, lock, platform, mirror, dropped);
    const rest = await missingFiles(context.store, wantedFiles(result.lock));
    const again = await download(context, session, rest, mirror, counter(step, rest));
    if (again.length > 0) throw goneError(again, "set MAJEK_LAB_DEBIAN_MIRROR to another mirror");
    return result;
  };
  try {
    warnOfLocalProxies(context);
    const options = { image, network: "default", scripts: DOWNLOAD_SCRIPTS } as const;
    const result = await withSeed(context, options, work);
    step.done(`${missing.length} files, ${(sum(missing) / MEGABYTE).toFixed(0)} MB`);
    return result;
  } catch (error) {
    step.fail();
    throw error;
  }
}

/**
 * What a lock says about one platform.
 * @throws LabError "input" where it says nothing
 */
export function requireBlock(lock: LabLock, platform: Platform): PlatformLock {
  const block = lock.platforms[platform];
  if (block !== undefined) return block;
  throw new LabError("input", `the lock of ${lock.lab} does not describe ${platform}`, {
    where: lock.lab,
    next: `majek-lab lock LAB --platform ${platform}`,
  });
}

/**
 * Brings everything that a lock names for one platform into reach: MAJEK_LAB_INPUTS folders first, then the content
 * store, then mirror and package index. Every byte is checked against the lock's sha256.
 * @returns the lock as used, with packages that had to be resolved again inside the suite
 * @throws LabError "input" naming the file that is missing, altered or cut; "engine" where a seed is needed and there is none
 */
export async function fetchInputs(
  context: LockContext,
  lock: LabLock,
  platform: Platform,
  options: FetchOptions = {},
): Promise<FetchedInputs> {
  const block = requireBlock(lock, platform);
  const missing = await missingFiles(context.store, wantedFiles(block));
  if (missing.length === 0) return { platform, lock: block, reResolved: [] };
  if (options.offline) throw offlineError(missing);
  return { platform, ...(await fetchMissing(context, block, platform, missing, options.frozen ?? false)) };
}
