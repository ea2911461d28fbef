import { LabError } from "../model/errors.js";
import { canonicalJson } from "../model/json.js";
import type { LabLock, Platform, PlatformLock } from "../model/lock.js";
import type { LabSpec } from "../model/spec.js";
import { sha256 } from "../system/hash.js";
import type { WantedSource } from "./apt.js";
import { BASE_PACKAGES, BUILDER_PACKAGES, LOCK_RECIPE, SUITE } from "./recipe.js";

/** What a lock is resolved from. */
export interface LockRequest {
  readonly spec: Pick<LabSpec, "name" | "app" | "variants">;
  readonly platform: Platform;
  /** Upstream archives of all interpreters that can be built; the lab takes those it uses. */
  readonly interpreters: readonly WantedSource[];
}

/**
 * Upstream archives of the interpreters that the lab's variants use, sorted by minor version.
 * @throws LabError "lab" for an interpreter that nobody can build
 */
export function usedSources({ spec, interpreters }: Pick<LockRequest, "spec" | "interpreters">): WantedSource[] {
  const minors = [...new Set(spec.variants.map(({ python }) => python.split("+")[0] ?? ""))].sort();
  return minors.map((minor) => {
    const source = interpreters.find((candidate) => candidate.minor === minor);
    if (source !== undefined) return source;
    throw new LabError("lab", `there is no source for Python ${minor}`, {
      where: `variants of ${spec.name}`,
      next: `use one of ${interpreters.map((candidate) => candidate.minor).join(", ")}`,
    });
  });
}

/** Identifies everything that decides what a lock holds, except the state of mirror and package index. */
export function inputsHash(request: Pick<LockRequest, "spec" | "interpreters">): string {
  const sources = usedSources(request).map(({ minor, version, file, sha256: hash }) => ({
    minor,
    version,
    file,
    hash,
  }));
  const { app } = request.spec;
  const requirements = [...app.requirements].sort();
  // Named only where there are any: locks of labs without stay as they are.
  const apt = app.apt.length > 0 ? { apt: [...app.apt].sort() } : {};
  return sha256(
    canonicalJson({
      recipe: LOCK_RECIPE,
      suite: SUITE,
      BASE_PACKAGES,
      BUILDER_PACKAGES,
      requirements,
      sources,
      ...apt,
    }),
  );
}

/** `stale`: made from another lab file or recipe. `platform`: does not describe this platform. */
export type LockState = "missing" | "stale" | "platform" | "current";

/** Whether a lock can be used as it is. */
export function lockState(lock: LabLock | undefined, request: LockRequest): LockState {
  if (lock === undefined) return "missing";
  if (lock.lab !== request.spec.name || lock.inputsHash !== inputsHash(request)) return "stale";
  return lock.platforms[request.platform] === undefined ? "platform" : "current";
}

/**
 * What is written where a platform of a lab was resolved: its block replaces the one that is there, and blocks of other
 * platforms stay while they are of the same lab.
 * @param current - the lock on disk by now, which another command may have changed since the resolving began
 */
export function withResolved(current: LabLock | undefined, resolved: LabLock, platform: Platform): LabLock {
  const same = current?.lab === resolved.lab && current.inputsHash === resolved.inputsHash;
  const [others, block] = [same ? current.platforms : {}, resolved.platforms[platform]];
  return block === undefined ? resolved : { ...resolved, platforms: { ...others, [platform]: block } };
}

/** One difference between two locks of a platform. `null`: not there. */
export interface LockChange {
  readonly list: "base" | "builder" | "sources" | "python" | "pythonBuild";
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
}

const LISTS = ["base", "builder", "sources", "python", "pythonBuild"] as const;

/** Differences in versions or contents, in the order of the lists and by name. */
export function compareLocks(from: PlatformLock, to: PlatformLock): LockChange[] {
  return LISTS.flatMap((list) => {
    const before = new Map(from[list].map((entry) => [entry.name, entry]));
    const after = new Map(to[list].map((entry) => [entry.name, entry]));
    const names = [...new Set([...before.keys(), ...after.keys()])].sort();
    return names.flatMap((name): LockChange[] => {
      const [a, b] = [before.get(name), after.get(name)];
      if (a?.sha256 === b?.sha256 && a?.version === b?.version) return [];
      return [{ list, name, from: a?.version ?? null, to: b?.version ?? null }];
    });
  });
}
