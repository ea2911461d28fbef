import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Container } from "../../src/docker/types.js";
import { acquireLabLock, type LabLockHandle } from "../../src/fleet/lock.js";
import { readLock } from "../../src/lock/file.js";
import { type BuiltLab, buildImages } from "../../src/pipeline/images.js";
import { type Bench, openBench, openLab, planWithInputs } from "../../src/pipeline/inputs.js";
import type { PatchedVersion } from "../../src/pipeline/package-files.js";
import type { Workspace } from "../../src/pipeline/workspace.js";
import { createReporter } from "../../src/report/reporter.js";
import { readEnvironment } from "../../src/system/env.js";
import { packTar, type TarEntry } from "../../src/system/tar.js";
import { readTree } from "../../src/system/trees.js";

export const ROOT = resolve(import.meta.dirname, "../..");

/** A workspace as the command line makes it, quiet. */
export function testWorkspace(): Workspace {
  const environment = readEnvironment();
  return {
    environment,
    packageRoot: ROOT,
    workingDirectory: ROOT,
    interrupts: { signal: new AbortController().signal, onSecond: () => undefined, interrupt: () => undefined },
    argv: ["majek-lab", "test"],
    terminal: {},
    print: () => undefined,
    keys: () => undefined,
    drained: async () => undefined,
    progress: () => createReporter("quiet", environment),
    exitCode: () => undefined,
  };
}

/** A lab, built; the flagship, unless another one is named (`make test` built them before). */
export async function builtLab(name = "django-8workers"): Promise<{ bench: Bench; built: BuiltLab }> {
  const workspace = testWorkspace();
  const bench = await openBench(workspace);
  const lab = await openLab(workspace, resolve(ROOT, "labs", name));
  return { bench, built: await buildImages(bench, await planWithInputs(bench, lab, {})) };
}

const PATIENCE_MS = 600_000;

/**
 * Keeps a lab of this checkout for one file: of two commands that work on a lab at once, the second one fails. Waits for
 * other files of these tests. Always release it.
 */
export function keepLab(name: string): Promise<LabLockHandle> {
  const { cacheDir } = readEnvironment();
  return acquireLabLock({ cacheDir, endpoint: "tests", lab: name }, ["tests"], PATIENCE_MS);
}

/** The upstream archive of a minor: at hand, or from the inputs of a lab that runs it. */
export async function upstreamArchive({ archive, sha256: hash }: PatchedVersion): Promise<string> {
  const workspace = testWorkspace();
  const bench = await openBench(workspace);
  const atHand = await bench.store.find(hash, archive);
  if (atHand !== undefined) return atHand;
  for (const name of await readdir(join(ROOT, "labs"))) {
    if (name.endsWith(".json")) continue;
    const lab = await openLab(workspace, resolve(ROOT, "labs", name));
    const blocks = Object.values((await readLock(lab.lockFile))?.platforms ?? {});
    if (!blocks.some(({ sources }) => sources.some((source) => source.sha256 === hash))) continue;
    await planWithInputs(bench, lab, {});
    const path = await bench.store.find(hash, archive);
    if (path !== undefined) return path;
  }
  throw new Error(`no lab's lock names ${archive}`);
}

/** A folder that goes below /tmp of a container: one of the checkout, or another under a name of its own. */
type GuestFolder = string | { readonly name: string; readonly path: string };

async function entries(folders: readonly GuestFolder[]): Promise<TarEntry[]> {
  const all: TarEntry[] = [];
  for (const { name: folder, path } of folders.map((one) =>
    typeof one === "string" ? { name: one, path: one } : one,
  )) {
    const parents = folder.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"));
    const files = await readTree(resolve(ROOT, path));
    const inner = files.flatMap(({ path }) =>
      path
        .split("/")
        .slice(0, -1)
        .map((_, index, parts) => `${folder}/${parts.slice(0, index + 1).join("/")}`),
    );
    for (const name of new Set([...parents, ...inner.sort()]))
      all.push({ type: "directory", name: `${name}/`, mode: 0o777 });
    for (const { path, file } of files) {
      const mode = /\.(sh|py)$|\/bin\//.test(`/${path}`) ? 0o755 : 0o644;
      all.push({ type: "file", name: `${folder}/${path}`, mode, path: file });
    }
  }
  return all;
}

export interface GuestTest {
  readonly image: string;
  readonly folders: readonly GuestFolder[];
  /** A shell line; the working directory is /tmp. */
  readonly script: string;
  readonly user: string;
  readonly capabilities: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

async function output(container: Container): Promise<string> {
  const { stdout, stderr } = await container.logs({ follow: false });
  const read = async (stream: AsyncIterable<Buffer>): Promise<string> => {
    let text = "";
    for await (const chunk of stream) text += chunk.toString();
    return text;
  };
  return (await Promise.all([read(stdout), read(stderr)])).join("");
}

/** Runs a script in a container that holds copies of some folders; without network. */
export async function runGuest(bench: Bench, test: GuestTest): Promise<{ code: number; text: string }> {
  const container = await bench.engine.containers.create({
    image: test.image,
    command: ["/bin/sh", "-c", `cd /tmp && ${test.script}`],
    labels: { "org.majek-lab.owner": "test" },
    user: test.user,
    network: "none",
    capabilities: test.capabilities,
    workdir: "/tmp",
    env: test.env ?? {},
  });
  try {
    await container.putArchive("/tmp", packTar(await entries(test.folders)));
    await container.start();
    const code = await container.wait();
    return { code, text: await output(container) };
  } finally {
    await container.remove();
  }
}
