import { randomBytes } from "node:crypto";
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LabError } from "../model/errors.js";
import { sha256 } from "../system/hash.js";
import { isAlive, ownIdentity, type ProcessIdentity } from "../system/process.js";
import { storeError } from "../system/store-scratch.js";

/** Who works on a lab; the content of the lock file. */
export interface LockHolder extends ProcessIdentity {
  readonly lab: string;
  /** As typed. */
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/** A lock that this process holds. */
export interface LabLockHandle {
  /** Gives it back; may be called twice. */
  release(): Promise<void>;
}

/** Attempts to take over a dead holder's lock, when others try the same. */
const ATTEMPTS = 20;
/** How often whoever waits for a living holder looks. */
const LOOK_MS = 50;

/** Lock files of one engine begin alike. */
const engineKey = (endpoint: string): string => sha256(endpoint).slice(0, 12);

function lockFile(cacheDir: string, endpoint: string, lab: string): string {
  return join(cacheDir, "locks", `${engineKey(endpoint)}-${sha256(lab).slice(0, 24)}.json`);
}

/** `undefined` when there is no lock; a file that is no holder counts as one that died. */
async function readHolder(file: string): Promise<LockHolder | "unreadable" | undefined> {
  try {
    const data: Partial<LockHolder> | null = JSON.parse(await readFile(file, "utf8"));
    if (data === null || !Number.isInteger(data.pid)) return "unreadable";
    const { pid = 0, startTime = null, lab = "", command = "", since = "" } = data;
    return { pid, startTime, lab, command, since };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : "unreadable";
  }
}

/**
 * Makes the lock appear with its whole content at once, or not at all: a file that is created empty and then written
 * would look like a dead holder's in between.
 */
async function tryCreate(file: string, holder: LockHolder): Promise<boolean> {
  const temporary = `${file}.${holder.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await writeFile(temporary, JSON.stringify(holder), { flag: "wx" });
    await link(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Moves a dead holder's lock out of the way. Two that see the same dead holder must not remove each other's new lock:
 * what was moved is looked at again, and put back if it belongs to somebody alive.
 */
async function clearDead(file: string): Promise<void> {
  const aside = `${file}.${process.pid}.${randomBytes(4).toString("hex")}.dead`;
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const moved = await readHolder(aside);
  if (moved !== undefined && moved !== "unreadable" && (await isAlive(moved))) {
    await link(aside, file).catch(() => undefined);
  }
  await rm(aside, { force: true });
}

interface LockPlace {
  readonly cacheDir: string;
  /** Empty for what has nothing to do with an engine. */
  readonly endpoint: string;
  readonly lab: string;
}

function held(holder: LockHolder, { endpoint }: LockPlace, file: string): LabError {
  const where = endpoint === "" ? "" : " on this engine";
  return new LabError("failed", `${holder.lab} is in use by another majek-lab${where}`, {
    where: file,
    details: [`process ${holder.pid}, since ${holder.since}`, holder.command],
    next: `wait until it ends, or stop it: kill ${holder.pid}`,
  });
}

async function release(file: string, mine: LockHolder): Promise<void> {
  const current = await readHolder(file);
  if (current === undefined || current === "unreadable") return;
  if (current.pid === mine.pid && current.since === mine.since) await rm(file, { force: true });
}

/**
 * Takes the lock of a lab on an engine, so that two commands do not start and remove each other's fleets.
 * A holder that died, by SIGKILL too, does not block: its pid and start time no longer fit a process.
 * @param place - cache folder, the engine's endpoint and the lab's name
 * @param command - as typed, shown to whoever finds the lock
 * @param patienceMs - milliseconds to wait for a living holder
 * @throws LabError "failed" naming the holder, or the folder that cannot be written
 */
export async function acquireLabLock(
  place: LockPlace,
  command: readonly string[],
  patienceMs = 0,
): Promise<LabLockHandle> {
  const file = lockFile(place.cacheDir, place.endpoint, place.lab);
  try {
    await mkdir(dirname(file), { recursive: true });
    return await takeLock(file, place, command, patienceMs);
  } catch (error) {
    throw storeError(error, file);
  }
}

async function takeLock(
  file: string,
  place: LockPlace,
  command: readonly string[],
  patienceMs: number,
): Promise<LabLockHandle> {
  const until = Date.now() + patienceMs;
  const mine: LockHolder = {
    ...(await ownIdentity()),
    lab: place.lab,
    command: command.join(" "),
    since: new Date().toISOString(),
  };
  for (let attempt = 0; attempt < ATTEMPTS; ) {
    if (await tryCreate(file, mine)) return { release: () => release(file, mine) };
    const holder = await readHolder(file);
    if (holder !== undefined && holder !== "unreadable" && (await isAlive(holder))) {
      if (Date.now() >= until) throw held(holder, place, file);
      await sleep(LOOK_MS);
      continue;
    }
    attempt += 1;
    if (holder !== undefined) await clearDead(file);
  }
  throw new LabError("failed", `the lock of ${place.lab} changes hands too fast`, { where: file, next: "try again" });
}

/**
 * Labs that a living command works on.
 * @param endpoint - on this engine; on any where it is left out
 */
export async function busyLabs(cacheDir: string, endpoint?: string): Promise<ReadonlySet<string>> {
  const folder = join(cacheDir, "locks");
  const names = await readdir(folder).catch(() => []);
  const key = endpoint === undefined ? "" : engineKey(endpoint);
  const busy = new Set<string>();
  for (const name of names.filter((one) => one.startsWith(key) && one.endsWith(".json"))) {
    const holder = await readHolder(join(folder, name));
    if (holder !== undefined && holder !== "unreadable" && (await isAlive(holder))) busy.add(holder.lab);
  }
  return busy;
}

/**
 * Refuses what would take something away from a command that runs right now.
 * @param busy - see {@link busyLabs}
 * @param otherwise - what can be done without waiting
 * @throws LabError "failed" naming the labs
 */
export function requireIdle(busy: ReadonlySet<string>, otherwise = ""): void {
  if (busy.size === 0) return;
  throw new LabError("failed", `in use by another majek-lab: ${[...busy].join(", ")}`, {
    next: `wait until it ends, or stop it with Ctrl-C${otherwise}`,
  });
}
