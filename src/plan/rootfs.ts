import { keyOf } from "../model/hash.js";
import type { DebEntry, PlatformLock } from "../model/lock.js";
import type { RootfsPlan } from "../model/plan.js";

/**
 * A root file system of exactly these packages.
 * @param script - text of the script that makes it: another script makes other bytes
 */
export function planRootfs(
  kind: RootfsPlan["kind"],
  { suite, [kind]: debs }: PlatformLock,
  script: string,
): RootfsPlan {
  const packages = debs.map(({ name, version, architecture, sha256 }: DebEntry) => [
    name,
    version,
    architecture,
    sha256,
  ]);
  return { kind, suite, debs, key: keyOf({ kind, suite, packages, script }) };
}
