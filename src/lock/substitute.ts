import { dirname } from "node:path";
import type { DebEntry, PlatformLock, ReResolved } from "../model/lock.js";

/** What the suite offers today for both root file systems. */
export interface FreshClosures {
  readonly base: readonly DebEntry[];
  readonly builder: readonly DebEntry[];
}

export interface Substitution {
  readonly lock: PlatformLock;
  /** Sorted by name. */
  readonly reResolved: readonly ReResolved[];
}

function replaceIn(
  locked: readonly DebEntry[],
  fresh: readonly DebEntry[],
  isAffected: (entry: DebEntry) => boolean,
): DebEntry[] {
  const offered = new Map(fresh.map((entry) => [entry.name, entry]));
  const names = new Set(locked.map(({ name }) => name));
  const kept = locked.flatMap((entry) => {
    if (!isAffected(entry)) return [entry];
    const replacement = offered.get(entry.name);
    return replacement === undefined ? [] : [replacement];
  });
  const added = fresh.filter(({ name }) => !names.has(name));
  return [...kept, ...added].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function changes(before: readonly DebEntry[], after: readonly DebEntry[]): ReResolved[] {
  const used = new Map(after.map((entry) => [entry.name, entry.version]));
  const locked = new Map(before.map((entry) => [entry.name, entry.version]));
  const names = [...new Set([...locked.keys(), ...used.keys()])].sort();
  return names.flatMap((name) => {
    const [lockedVersion, usedVersion] = [locked.get(name) ?? "none", used.get(name) ?? "none"];
    return lockedVersion === usedVersion ? [] : [{ name, lockedVersion, usedVersion }];
  });
}

/**
 * Replaces packages that the mirror dropped by what the suite offers today. Packages of the same source go with them,
 * since they depend on each other by exact version; everything else stays as locked.
 * @param gone - names of dropped packages
 */
export function substitute(lock: PlatformLock, gone: ReadonlySet<string>, fresh: FreshClosures): Substitution {
  const all = [...lock.base, ...lock.builder];
  const folders = new Set(all.filter(({ name }) => gone.has(name)).map(({ path }) => dirname(path)));
  const isAffected = (entry: DebEntry): boolean => folders.has(dirname(entry.path));
  const base = replaceIn(lock.base, fresh.base, isAffected);
  const builder = replaceIn(lock.builder, fresh.builder, isAffected);
  return { lock: { ...lock, base, builder }, reResolved: changes(all, [...base, ...builder]) };
}
