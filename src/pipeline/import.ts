import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { requireBlock } from "../lock/fetch.js";
import { readLock } from "../lock/file.js";
import { platformOf } from "../lock/platform.js";
import { wantedFiles } from "../lock/wanted.js";
import type { BundleBlob } from "../model/bundle.js";
import { LabError } from "../model/errors.js";
import { keyOf } from "../model/hash.js";
import type { LabLock } from "../model/lock.js";
import { count } from "../report/numbers.js";
import { damaged, type SharedLab } from "../share/collect.js";
import { readFolders, unpackFolders } from "../share/folders.js";
import { listLabs } from "../spec/find.js";
import { explainWrite, listFiles, syncFolder } from "../system/files.js";
import { createScratch } from "../system/store-scratch.js";
import { namedRecipes } from "./expected.js";
import { type Bench, type LockedLab, lockRequest, openLab, planFrom } from "./inputs.js";
import { loadImages, type Undo } from "./load-images.js";
import { planRecipes } from "./recipes.js";

/** A shared lab whose folders were unpacked and whose lock says what its images are. */
export interface OpenedLab {
  readonly shared: SharedLab;
  readonly planned: LockedLab;
  /** Whether this tool makes the images from what the other one made them from. */
  readonly sameRecipe: boolean;
}

/** The lock of a shared lab. */
async function lockOf(file: string): Promise<LabLock> {
  const lock = await readLock(file);
  if (lock === undefined) throw damaged("this lab has no lock", "lab.lock");
  return lock;
}

/**
 * The images must be those that the lock names, and no others.
 * @throws LabError "input"
 */
export function checkImages({
  shared,
  planned,
}: {
  readonly shared: Pick<SharedLab, "name" | "images">;
  readonly planned: {
    readonly plan: Pick<LockedLab["plan"], "images">;
    readonly inputs: Pick<LockedLab["inputs"], "lock">;
  };
}): void {
  const { expected } = planned.inputs.lock;
  const names = new Map(planned.plan.images.map(({ tag, interpreter }) => [tag, interpreter.id as string]));
  for (const { tag, parts } of shared.images) {
    const wanted = expected?.[names.get(tag) ?? "probe"];
    const digests = {
      diffIds: parts.layers.map(({ digest }) => digest),
      configDigest: parts.config.digest,
      manifestDigest: parts.manifest.digest,
    };
    const isProbe = tag.startsWith("localhost/majek-lab/probe:");
    if (
      wanted === undefined ||
      names.has(tag) === isProbe ||
      keyOf({ ...digests, recipe: wanted.recipe }) !== keyOf(wanted)
    )
      throw damaged("an image that the lab's lock does not name", tag);
  }
  // Of each one, so that a second probe does not count for one that is missing.
  const tags = new Set(shared.images.map(({ tag }) => tag));
  if (tags.size !== names.size + 1 || [...names.keys()].some((tag) => !tags.has(tag)))
    throw damaged("an image of the lab is missing", shared.name);
}

async function openUnpacked(bench: Bench, shared: SharedLab, folder: string): Promise<OpenedLab> {
  const lab = await openLab(bench.workspace, join(folder, shared.name));
  if (lab.spec.name !== shared.name)
    throw damaged(`the lab in folder ${shared.name} calls itself ${lab.spec.name}`, shared.name);
  // Any other would be found by its name from then on, in place of the lab that came with this tool.
  const own = [shared.name, basename(lab.source.directory), lab.source.below?.name];
  const other = (await readdir(folder)).find((name) => !own.includes(name));
  if (other !== undefined) throw damaged("a folder that the lab does not use", other);
  const whole = await lockOf(lab.lockFile);
  const { platform } = await lockRequest(bench, lab);
  const lock = requireBlock(whole, platform);
  const planned = { whole, ...(await planFrom(bench, lab, whole, { platform, lock, reResolved: [] })) };
  checkImages({ shared, planned });
  const recipes = namedRecipes(planned.plan, await planRecipes(bench, planned));
  const sameRecipe = recipes.every(({ name, recipe }) => lock.expected?.[name]?.recipe === recipe);
  return { shared, planned, sameRecipe };
}

/**
 * Unpacks a shared lab's folders where nobody looks for them, checks that lab, lock and images belong together, and lets
 * somebody work with it. Nothing is imported.
 * @throws LabError "lab" or "input" for what is wrong with it; "engine" where it is for another platform
 */
export async function withOpened<T>(bench: Bench, shared: SharedLab, work: (lab: OpenedLab) => Promise<T>): Promise<T> {
  const platform = platformOf(bench.engine.info.architecture);
  if (shared.platform !== platform) {
    throw new LabError("input", `this lab was built for ${shared.platform}, and the engine is ${platform}`, {
      where: shared.name,
      next: `get one that was saved on ${platform}, or build it here from its lab folder`,
    });
  }
  const scratch = await createScratch(bench.environment.cacheDir);
  try {
    await unpackFolders(shared.folders, scratch.file);
    return await work(await openUnpacked(bench, shared, scratch.file));
  } finally {
    await scratch.remove();
  }
}

/** Paths that differ between a folder and files that are wanted there; none where the folder is not there. */
async function differences(
  folder: string,
  wanted: ReadonlyMap<string, Buffer>,
): Promise<readonly string[] | undefined> {
  if ((await stat(folder).catch(() => undefined)) === undefined) return undefined;
  const present = await listFiles(folder);
  const paths = [...new Set([...present, ...wanted.keys()])].sort();
  const differing: string[] = [];
  for (const path of paths) {
    const found = await readFile(join(folder, path)).catch(() => undefined);
    const expected = wanted.get(path);
    if (found === undefined || expected === undefined || !found.equals(expected)) differing.push(path);
  }
  return differing;
}

/**
 * The folders that are not there yet.
 * @throws LabError "usage" where one is there with other content: nothing is overwritten
 */
async function missingFolders(shared: SharedLab, into: string): Promise<string[]> {
  const files = await readFolders(shared.folders);
  const missing: string[] = [];
  for (const name of new Set([...files.keys()].map((path) => path.slice(0, path.indexOf("/"))))) {
    const own = [...files].filter(([path]) => path.startsWith(`${name}/`));
    const wanted = new Map(own.map(([path, content]) => [path.slice(name.length + 1), content]));
    const differing = await differences(join(into, name), wanted);
    if (differing === undefined) missing.push(name);
    else if (differing.length > 0) {
      throw new LabError("usage", "this folder exists with other content, and nothing is overwritten", {
        where: join(into, name),
        details: differing.slice(0, 10),
        next: "name another folder with --into, or move that one away",
      });
    }
  }
  return missing;
}

/** Removes what a killed import of this lab left; whoever calls has the lab's lock, so no other one is under way. */
async function sweepBroken(name: string, into: string): Promise<void> {
  const pattern = new RegExp(`^\\.${name}\\.\\d+\\.[0-9a-f]{8}\\.tmp$`);
  const found = await readdir(into).catch(() => []);
  for (const one of found) if (pattern.test(one)) await rm(join(into, one), { recursive: true, force: true });
}

/** Writes folders so that each appears whole or not at all. */
async function writeFolders(shared: SharedLab, into: string, names: readonly string[]): Promise<Undo> {
  await sweepBroken(shared.name, into);
  const written: string[] = [];
  const undo: Undo = async () => {
    for (const name of written) await rm(join(into, name), { recursive: true, force: true });
  };
  if (names.length === 0) return undo;
  const temporary = join(into, `.${shared.name}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`);
  try {
    await mkdir(temporary, { recursive: true });
    await unpackFolders(shared.folders, temporary);
    for (const name of names) {
      await rename(join(temporary, name), join(into, name));
      written.push(name);
    }
    await syncFolder(into);
    return undo;
  } catch (error) {
    await undo();
    throw error instanceof LabError ? error : explainWrite(error, into);
  } finally {
    // Where nothing can be written, nothing can be removed either: what it was about must not be hidden by that.
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
  }
}

/**
 * Keeps inputs that came with a lab in the content store.
 * @throws LabError "input" for one that the lab's lock does not name
 */
export async function keepInputs(bench: Bench, { planned }: OpenedLab, inputs: readonly BundleBlob[]): Promise<void> {
  const wanted = new Map(wantedFiles(planned.inputs.lock).map((file) => [`sha256:${file.sha256}`, file]));
  for (const { digest, size } of inputs)
    if (wanted.get(digest)?.size !== size) throw damaged("an input that the lab's lock does not name", digest);
  for (const { digest, open } of inputs) {
    const file = wanted.get(digest);
    if (file === undefined || (await bench.store.find(file.sha256, file.file)) !== undefined) continue;
    await bench.store.put(open(), { sha256: file.sha256, size: file.size, name: file.file });
  }
  if (inputs.length > 0) bench.progress.note(`${count(inputs.length)} inputs are in the content store`);
}

/** Whether a lab that came with this tool vouches for the same probe: it is the one image that runs with privileges. */
async function isKnownProbe({ workspace: { packageRoot } }: Bench, { planned }: OpenedLab): Promise<boolean> {
  const { lock, platform } = planned.inputs;
  const shared = keyOf(lock.expected?.["probe"]);
  for (const { directory } of await listLabs({ workingDirectory: packageRoot, packageRoot })) {
    const own = await readLock(join(directory, "lab.lock")).catch(() => undefined);
    const known = own?.platforms[platform]?.expected?.["probe"];
    if (known !== undefined && keyOf(known) === shared) return true;
  }
  return false;
}

/** What whoever starts this lab should know. */
async function warnings(bench: Bench, opened: OpenedLab): Promise<string[]> {
  const { shared, sameRecipe } = opened;
  const lines: string[] = [];
  if (!sameRecipe)
    lines.push(
      `made by majek-lab ${shared.toolVersion} from other patches or templates than this one has: it would build its own images`,
    );
  if (!(await isKnownProbe(bench, opened)))
    lines.push(
      "its probe, which runs with privileges, is not known from a lab of this tool: trust who made it, or use majek-lab verify",
    );
  return lines;
}

/**
 * Brings a shared lab here: inputs to the content store, images to the engine, folders below `into`.
 * @param shared - checked as a whole, contents included
 * @param into - absolute folder
 * @throws LabError; nothing was imported then, but for inputs, which nothing uses that does not name their sha256
 */
export async function importLab(
  bench: Bench,
  shared: SharedLab,
  into: string,
  inputs: readonly BundleBlob[] = [],
): Promise<string> {
  return withOpened(bench, shared, async (opened) => {
    const missing = await missingFolders(shared, into);
    await keepInputs(bench, opened, inputs);
    await loadImages(bench, shared, () => writeFolders(shared, into, missing));
    for (const line of await warnings(bench, opened)) bench.progress.warn(line);
    const folder = join(into, shared.name);
    return `${folder} (${count(shared.images.length)} images, bundle ${shared.bundle.index.digest})`;
  });
}
