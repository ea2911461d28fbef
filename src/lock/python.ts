import { LabError } from "../model/errors.js";
import type { Platform, PythonEntry } from "../model/lock.js";
import { readTar } from "../system/tar.js";
import type { LockContext } from "./context.js";
import { platformOf } from "./platform.js";
import type { SeedSession } from "./session.js";

const RUNTIME = "/lab/python";
const BUILD = "/lab/python-build";

/** A project's name as the package index compares it (PEP 503). */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

/**
 * Name, version and kind of a distribution, from its file name (PEP 427, PEP 625).
 * @throws LabError "failed" for a name that is neither a wheel nor a source distribution
 */
export function parseDistribution(file: string): Pick<PythonEntry, "name" | "version" | "kind"> {
  const wheel = /^([^-]+)-([^-]+)-(?:\d[^-]*-)?[^-]+-[^-]+-[^-]+\.whl$/.exec(file);
  if (wheel?.[1] && wheel[2]) return { name: normalName(wheel[1]), version: wheel[2], kind: "wheel" };
  const source = /^(.+)-([^-]+)\.(?:tar\.gz|tar\.bz2|tar\.xz|tgz|zip)$/.exec(file);
  if (source?.[1] && source[2]) return { name: normalName(source[1]), version: source[2], kind: "sdist" };
  throw new LabError("failed", `${file} is neither a wheel nor a source distribution`, {
    where: file,
    next: "name another version in app.requirements, then majek-lab lock LAB",
  });
}

/**
 * Refuses what a lock cannot pin by project, version and hash: options, addresses and paths.
 * @throws LabError "lab" naming the requirement
 */
export function checkRequirements(requirements: readonly string[]): void {
  const bad = requirements.find((requirement) => !/^[A-Za-z0-9][^\n\r@/\\]*$/.test(requirement.trim()));
  if (bad === undefined) return;
  throw new LabError("lab", `${JSON.stringify(bad)} is not a requirement with a version, such as Django==5.2.*`, {
    where: "app.requirements",
    next: "name projects of the package index; addresses, paths and options cannot be locked",
  });
}

/** Distributions in a folder of the seed, with their hashes. */
async function measured(session: SeedSession, folder: string): Promise<PythonEntry[]> {
  const script = 'cd "$1" && for f in *; do echo "$(sha256sum <"$f" | cut -d" " -f1) $(stat -c %s "$f") $f"; done';
  const output = await session.run("hashing Python packages", ["sh", "-c", script, "sh", folder]);
  const entries = output
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [sha256 = "", size = "", ...rest] = line.split(" ");
      const file = rest.join(" ");
      return { ...parseDistribution(file), file, sha256, size: Number(size) };
    });
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Keeps what resolving has downloaded, so that fetching does not load it again. */
async function keep(context: LockContext, session: SeedSession, folder: string, entries: readonly PythonEntry[]) {
  const byFile = new Map(entries.map((entry) => [entry.file, entry]));
  await readTar(await session.get(folder), async (header, content) => {
    const entry = byFile.get(header.name.split("/").pop() ?? "");
    if (entry === undefined || header.type !== "file") return;
    await context.store.put(content, { sha256: entry.sha256, size: entry.size, name: entry.file });
  });
}

/**
 * The seed has no Python 2, so its pip is told about one. Wheels without compiled code only: those that were compiled
 * for 2.7 do not load in the patched interpreter, and packages are the same for all variants.
 */
const PYTHON2_OPTIONS = [
  "--python-version=2.7",
  "--implementation=py",
  "--abi=none",
  "--platform=any",
  "--only-binary=:all:",
];

/** What `uname -m` says on each platform. */
const MACHINES: Readonly<Record<Platform, string>> = { "linux/amd64": "x86_64", "linux/arm64": "aarch64" };

/** How pip is run so that it judges markers and wheel tags for a platform. @param native - the seed's own platform */
function pipFor(platform: Platform, native: Platform): readonly string[] {
  return platform === native ? ["python3", "-m", "pip"] : ["python3", "/lab/pip_for.py", MACHINES[platform]];
}

/** What the Python packages of a lab are resolved for. */
export interface PythonTarget {
  readonly platform: Platform;
  readonly python2: boolean;
  readonly onLine: (line: string) => void;
}

interface Resolving {
  readonly pip: readonly string[];
  /** More options of `pip download`. */
  readonly options: readonly string[];
  readonly onLine: (line: string) => void;
}

/** pip's own words for "there is no such version" and "these versions exclude each other". */
const UNSATISFIABLE = /No matching distribution|ResolutionImpossible|Invalid requirement/;

async function download(
  context: LockContext,
  session: SeedSession,
  folder: string,
  requirements: readonly string[],
  { pip, options, onLine }: Resolving,
): Promise<PythonEntry[]> {
  if (requirements.length === 0) return [];
  const command = [...pip, "download", "--no-cache-dir", "--progress-bar=off", "--dest", folder];
  const words = [...command, ...options, "--", ...requirements];
  await session.run("resolving Python packages", words, onLine).catch((error: unknown) => {
    if (!(error instanceof LabError) || !UNSATISFIABLE.test(error.details.join("\n"))) throw error;
    throw new LabError("lab", "the Python requirements cannot be met", {
      where: requirements.join(" "),
      next: "change app.requirements in lab.yaml",
      details: error.details,
    });
  });
  const entries = await measured(session, folder);
  await keep(context, session, folder, entries);
  return entries;
}

async function buildRequirements(session: SeedSession, entries: readonly PythonEntry[]): Promise<string[]> {
  if (entries.every(({ kind }) => kind === "wheel")) return [];
  const command = ["python3", "/lab/build_requires.py", RUNTIME];
  const output = await session.run("reading build requirements of source distributions", command);
  return JSON.parse(output) as string[];
}

/**
 * Resolves requirements with pip inside the seed, whose Python is the one that labs run, so that markers and wheel tags
 * are judged rightly; for another platform than the seed's, pip is told about that machine. Wheels are preferred; pip
 * itself and what source distributions need come apart. What was downloaded is kept in the store.
 * @throws LabError "lab" when the requirements cannot be met
 */
export async function resolvePython(
  context: LockContext,
  session: SeedSession,
  requirements: readonly string[],
  { platform, python2, onLine }: PythonTarget,
): Promise<{ readonly python: PythonEntry[]; readonly pythonBuild: PythonEntry[] }> {
  checkRequirements(requirements);
  const pip = pipFor(platform, platformOf(context.engine.info.architecture));
  const resolving = { pip, options: python2 ? PYTHON2_OPTIONS : [], onLine };
  const python = await download(context, session, RUNTIME, requirements, resolving);
  const build = ["pip", ...(await buildRequirements(session, python))];
  return { python, pythonBuild: await download(context, session, BUILD, build, resolving) };
}
