import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { acquireLabLock } from "../fleet/lock.js";
import { readLock, writeLock } from "../lock/file.js";
import type { LabLock } from "../model/lock.js";
import type { Bench } from "./inputs.js";

/** Whoever holds a lock file reads and writes it, and nothing else: so long nobody takes. In milliseconds. */
const PATIENCE_MS = 30_000;

/**
 * Changes a lab.lock as it is now: labs may share one, and commands of two labs run side by side.
 * @param path - absolute; its folder exists
 * @param change - from what is there to what is written; what it returns as it was is not written
 * @returns what is there afterwards
 * @throws LabError "lab" where the file is damaged, "failed" where it cannot be written; what `change` throws
 */
export async function changeLock(
  { environment, workspace }: Pick<Bench, "environment" | "workspace">,
  path: string,
  change: (current: LabLock | undefined) => LabLock,
): Promise<LabLock> {
  const file = join(await realpath(dirname(path)), basename(path));
  // The file has nothing to do with an engine.
  const place = { cacheDir: environment.cacheDir, endpoint: "", lab: file };
  const held = await acquireLabLock(place, workspace.argv, PATIENCE_MS);
  try {
    const current = await readLock(path);
    const changed = change(current);
    if (changed !== current) await writeLock(path, changed);
    return changed;
  } finally {
    await held.release();
  }
}
