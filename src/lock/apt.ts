import { LabError } from "../model/errors.js";
import type { ArchiveFile, DebEntry, Platform, SourceEntry } from "../model/lock.js";
import type { SeedContext } from "./context.js";
import { parseChecksums, parseControl, parseSimulation, type Selected, type Stanza } from "./control.js";
import { configuredMirror, mirrorOf, TARGET_FORMAT } from "./mirror.js";
import type { SeedSession } from "./session.js";

/** apt in a seed, set up for one suite and architecture with nothing installed. */
export interface Apt {
  readonly suite: string;
  /** Command with its fixed options, to which arguments are added. */
  readonly get: readonly string[];
  readonly cache: readonly string[];
}

/**
 * The Debian mirror to use: MAJEK_LAB_DEBIAN_MIRROR, else that of the host's apt, else the seed's own.
 * @returns a base address without a final slash
 * @throws LabError "usage" for a malformed variable, "engine" for a seed without any source
 */
export async function findMirror(context: SeedContext, session: SeedSession, suite: string): Promise<string> {
  const configured = await configuredMirror(context.environment);
  if (configured !== undefined) return configured;
  const targets = await session.run("reading the seed's sources", [
    "apt-get",
    "indextargets",
    "--format",
    TARGET_FORMAT,
  ]);
  const mirror = mirrorOf(targets, suite);
  if (mirror !== undefined) return mirror;
  throw new LabError("engine", `the seed image has no package source for ${suite}`, {
    next: "set MAJEK_LAB_DEBIAN_MIRROR to the base address of a Debian mirror",
  });
}

/** Address of a file of the archive; the security archive lies beside the main one on every mirror. */
export function fileAddress(mirror: string, file: Pick<ArchiveFile, "archive" | "path">): string {
  const base = file.archive === "debian" ? mirror : mirror.replace(/[^/]*$/, "debian-security");
  return `${base}/${encodeURI(file.path)}`;
}

function configuration(platform: Platform, hasBundle: boolean): string {
  const architecture = platform.split("/")[1];
  return [
    'Dir::Etc::SourceList "/lab/sources.list";',
    'Dir::Etc::SourceParts "/dev/null";',
    'Dir::State::status "/lab/status";',
    `APT::Architecture "${architecture}";`,
    `APT::Architectures { "${architecture}"; };`,
    'APT::Install-Recommends "false";',
    // Without this, an index that could not be had is a mere warning.
    'APT::Update::Error-Mode "any";',
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    ...(hasBundle ? ['Acquire::https::CAInfo "/lab/ca.pem";'] : []),
    "",
  ].join("\n");
}

/**
 * Sets apt up and loads the package indexes, checked against the Debian keys in the seed.
 * @param sources - also load the index of source packages
 * @throws LabError "failed" when the mirror does not answer
 */
export async function openApt(
  context: SeedContext,
  session: SeedSession,
  options: { suite: string; platform: Platform; mirror: string; sources: boolean },
): Promise<Apt> {
  const { suite, platform, mirror } = options;
  const kinds = options.sources ? ["deb", "deb-src"] : ["deb"];
  const texts = {
    "lab/apt.conf": configuration(platform, context.environment.caBundle !== undefined),
    "lab/sources.list": kinds.map((kind) => `${kind} ${mirror} ${suite} main\n`).join(""),
    "lab/status": "",
  };
  await session.put(
    Object.entries(texts).map(([name, content]) => ({ type: "file", name, mode: 0o644, content }) as const),
  );
  const get = ["apt-get", "-c", "/lab/apt.conf", "-q"];
  await session.run(`loading the package index of ${suite}`, [...get, "update"]);
  return { suite, get, cache: ["apt-cache", "-c", "/lab/apt.conf"] };
}

/** A lock entry from a paragraph of a Packages index. */
export function debEntry(stanza: Stanza, suite: string): DebEntry {
  const field = (name: string): string => {
    const value = stanza.get(name);
    if (value) return value;
    throw new LabError("failed", `the package index lacks ${name} for ${stanza.get("package") ?? "a package"}`, {
      next: "majek-lab lock LAB --update, with another mirror in MAJEK_LAB_DEBIAN_MIRROR",
    });
  };
  return {
    archive: "debian",
    suite,
    name: field("package"),
    version: field("version"),
    architecture: field("architecture"),
    path: field("filename"),
    sha256: field("sha256"),
    size: Number(field("size")),
  };
}

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

async function show(apt: Apt, session: SeedSession, packages: readonly Selected[]): Promise<DebEntry[]> {
  const wanted = packages.map(({ name, version }) => `${name}=${version}`);
  const output = await session.run("reading the package index", [...apt.cache, "show", ...wanted]);
  const found = new Map<string, DebEntry>();
  for (const stanza of parseControl(output)) {
    if (!stanza.has("filename")) continue;
    const entry = debEntry(stanza, apt.suite);
    if (!found.has(entry.name)) found.set(entry.name, entry);
  }
  const missing = packages.filter(({ name, version }) => found.get(name)?.version !== version);
  if (missing.length > 0) {
    throw new LabError("failed", `the package index does not describe ${missing.map(({ name }) => name).join(", ")}`, {
      next: "majek-lab lock LAB --update",
    });
  }
  return [...found.values()].sort(byName);
}

/**
 * The packages that apt would install into an empty root, with everything they depend on.
 * @param wanted - package names or apt patterns
 * @returns sorted by name
 */
export async function resolveClosure(apt: Apt, session: SeedSession, wanted: readonly string[]): Promise<DebEntry[]> {
  const doing = `resolving packages of ${apt.suite}`;
  const output = await session.run(doing, [...apt.get, "--simulate", "install", ...wanted]);
  return show(apt, session, parseSimulation(output));
}

/** An upstream archive that the lock has to name. */
export interface WantedSource {
  /** e.g. `3.13`. */
  readonly minor: string;
  /** e.g. `3.13.5`. */
  readonly version: string;
  /** e.g. `python3.13_3.13.5.orig.tar.xz`. */
  readonly file: string;
  readonly sha256: string;
  /** Debian release whose source package carries the archive; {@link SUITE} unless given. */
  readonly suite?: string;
}

/**
 * Finds an upstream archive in the index of source packages, by name and hash.
 * @returns `undefined` where no source package of the suite carries it
 */
export async function resolveSource(
  apt: Apt,
  session: SeedSession,
  wanted: WantedSource,
): Promise<SourceEntry | undefined> {
  const name = wanted.file.split("_")[0] ?? wanted.file;
  const output = await session.run(`looking for ${wanted.file}`, [...apt.cache, "showsrc", "--only-source", name]);
  for (const stanza of parseControl(output)) {
    const lines = parseChecksums(stanza.get("checksums-sha256") ?? "");
    const line = lines.find(({ file, hash }) => file === wanted.file && hash === wanted.sha256);
    const folder = stanza.get("directory");
    if (line === undefined || folder === undefined) continue;
    return sourceEntry(wanted, apt.suite, `${folder}/${wanted.file}`, line.size);
  }
  return undefined;
}

export function sourceEntry(wanted: WantedSource, suite: string, path: string, size: number): SourceEntry {
  const { minor, version, file, sha256 } = wanted;
  return { archive: "debian", suite, name: `cpython-${minor}`, version, file, path, sha256, size };
}
