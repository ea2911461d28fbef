import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { BundleBlob } from "../model/bundle.js";
import { LabError } from "../model/errors.js";
import type { ImageRef } from "../model/image.js";
import { looksLikeReference } from "../registry/reference.js";
import { count } from "../report/numbers.js";
import type { SharedLab } from "../share/collect.js";
import { createScratch } from "../system/store-scratch.js";
import { readShown } from "./archive.js";
import { namedRecipes } from "./expected.js";
import { keepInputs, withOpened } from "./import.js";
import {
  type Bench,
  bringInputs,
  type InputOptions,
  type LockedLab,
  openBench,
  openLab,
  planWithLock,
  withLabLock,
} from "./inputs.js";
import { withPulled } from "./pull.js";
import { differingImages, explainLayers, type Rebuilt, withRebuild } from "./rebuild.js";
import { planRecipes } from "./recipes.js";
import type { Workspace } from "./workspace.js";

/**
 * What lab.lock says the images are.
 * @throws LabError "input" where it does not say so of everything that this tool would build
 */
async function promised(bench: Bench, planned: LockedLab): Promise<ReadonlyMap<string, ImageRef>> {
  const { lock } = planned.inputs;
  const images = new Map<string, ImageRef>();
  for (const { name, tag, recipe } of namedRecipes(planned.plan, await planRecipes(bench, planned))) {
    const expected = lock.expected?.[name];
    if (expected?.recipe !== recipe) {
      const why =
        expected === undefined ? "nobody has recorded it" : "it was made from other patches, templates or files";
      throw new LabError("input", `lab.lock does not say what the image of ${name} is when it is built here: ${why}`, {
        where: planned.lab.lockFile,
        next: "use the version of majek-lab that made it; or majek-lab build LAB --verify, which compares two builds of yours",
      });
    }
    images.set(tag, { tag, ...expected });
  }
  return images;
}

/** Where layers differ from those that were shared, as far as these are at hand. */
async function explain(bench: Bench, again: Rebuilt, shared: SharedLab | undefined): Promise<string[]> {
  const lines: string[] = [];
  const rebuilt = new Map([...again.trees.values()].map((one) => [`sha256:${one.tree.sha256}`, one]));
  const seen = new Set<string>();
  for (const { reference } of [...again.images, again.probe]) {
    const image = shared?.images.find(({ tag }) => tag === reference.tag);
    for (const [place, digest] of reference.diffIds.entries()) {
      const [layer, made] = [image?.parts.layers[place], rebuilt.get(digest)];
      if (layer === undefined || made === undefined || layer.digest === digest || seen.has(digest)) continue;
      seen.add(digest);
      lines.push(`${made.title}: ${layer.digest} and ${digest}`);
      lines.push(...(await compareWith(bench, layer, made.tree.path)));
    }
  }
  return lines;
}

async function compareWith(bench: Bench, layer: BundleBlob, path: string): Promise<string[]> {
  const scratch = await createScratch(bench.environment.cacheDir);
  try {
    await pipeline(layer.open(), createWriteStream(scratch.file, { flags: "wx" }));
    return await explainLayers(scratch.file, path);
  } finally {
    await scratch.remove();
  }
}

/** Builds from source and compares with what lab.lock promises, and with the layers that were shared. */
async function verifyPlanned(
  bench: Bench,
  planned: LockedLab,
  options: InputOptions,
  shared?: SharedLab,
): Promise<string> {
  const first = await promised(bench, planned);
  const inputs = await bringInputs(bench, planned, { ...options, frozen: true });
  return withRebuild(bench, inputs, async (again) => {
    const details = [...differingImages(again, first), ...(await explain(bench, again, shared))];
    if (details.length > 0) {
      throw new LabError("reproducibility", "what was shared is not what its sources make here", {
        where: planned.plan.lab,
        details,
        next: "do not use it before whoever shared it has explained this",
      });
    }
    const lines = [...first.values()].map(({ tag, manifestDigest }) => `${manifestDigest}  ${tag}`);
    return [`bit for bit the same: ${count(first.size)} images, built here from source`, ...lines].join("\n");
  });
}

/**
 * Builds a shared lab from source, in an empty store, and compares.
 * @param inputs - that came with it
 * @throws LabError "reproducibility" (exit 8) that names layers, files and bytes that differ
 */
export async function verifyShared(
  bench: Bench,
  shared: SharedLab,
  options: InputOptions,
  inputs: readonly BundleBlob[] = [],
): Promise<string> {
  return withOpened(bench, shared, async (opened) => {
    await keepInputs(bench, opened, inputs);
    return verifyPlanned(bench, opened.planned, options, shared);
  });
}

async function isArchive(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && !/\.ya?ml$/.test(path);
}

/**
 * `verify`: builds from source what was shared, and says whether it is bit for bit the same.
 * @param target - an archive, a registry reference, or a lab whose lock has digests
 */
export async function verify(workspace: Workspace, target: string, options: InputOptions): Promise<string> {
  const path = resolve(workspace.workingDirectory, target);
  if (await isArchive(path)) {
    const bench = await openBench(workspace);
    const shared = await readShown(bench, path);
    return withLabLock(bench, shared.name, () => verifyShared(bench, shared, options, shared.inputs));
  }
  const isPath = await stat(path).catch(() => undefined);
  if (isPath === undefined && looksLikeReference(target)) {
    const bench = await openBench(workspace);
    return withPulled(bench, target, (shared) =>
      withLabLock(bench, shared.name, () => verifyShared(bench, shared, options)),
    );
  }
  const lab = await openLab(workspace, target);
  const bench = await openBench(workspace);
  return withLabLock(bench, lab.spec.name, async () => {
    const planned = await planWithLock(bench, lab, { ...options, frozen: true });
    return verifyPlanned(bench, planned, options);
  });
}
