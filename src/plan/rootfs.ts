import { keyOf } from "../model/hash.js";
import type { DebEntry, PlatformLock } from "../model/lock.js";
import type { RootfsPlan } from "../model/plan.js";

/**
 * What packages make while they are installed, from random numbers and the clock: keys, an empty database. No lab needs
 * them, and an image could not be made again with them.
 */
const MADE_ON_INSTALL: readonly { readonly package: RegExp; readonly paths: (version: string) => readonly string[] }[] =
  [
    {
      package: /^ssl-cert$/,
      paths: () => ["etc/ssl/certs/ssl-cert-snakeoil.pem", "etc/ssl/private/ssl-cert-snakeoil.key"],
    },
    {
      package: /^postgresql-(\d+)$/,
      paths: (major) => [`etc/postgresql/${major}`, `var/lib/postgresql/${major}`],
    },
  ];

function leftOutOf(debs: readonly DebEntry[]): readonly string[] {
  return MADE_ON_INSTALL.flatMap(({ package: pattern, paths }) =>
    debs.flatMap(({ name }) => {
      const match = pattern.exec(name);
      return match === null ? [] : paths(match[1] ?? "");
    }),
  );
}

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
  const leftOut = leftOutOf(debs);
  // Only where something is: the keys of all others stay what they were.
  const more = leftOut.length === 0 ? {} : { leftOut };
  return { kind, suite, debs, leftOut, key: keyOf({ kind, suite, packages, script, ...more }) };
}
