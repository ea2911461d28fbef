import { lookForImage } from "../image/ensure.js";
import type { ImageRef } from "../model/image.js";
import type { Lab } from "../model/spec.js";
import { type DigestState, namedRecipes } from "./expected.js";
import { type BuiltLab, buildImages } from "./images.js";
import { type Bench, bringInputs, type InputOptions, type PlannedLab, planWithLock } from "./inputs.js";
import { planRecipes, type Recipes } from "./recipes.js";

/**
 * The images of a lab that the engine has already: made from the recipes that lab.lock recorded, with the layers and the
 * configuration that it expects. `undefined` unless that is so of every one.
 */
export async function presentImages(
  bench: Pick<Bench, "engine">,
  planned: PlannedLab,
  recipes: Recipes,
): Promise<BuiltLab | undefined> {
  const { expected } = planned.inputs.lock;
  const found = new Map<string, ImageRef>();
  let probe: ImageRef | undefined;
  for (const { name, tag, config, recipe } of namedRecipes(planned.plan, recipes)) {
    const wanted = expected?.[name];
    if (wanted?.recipe !== recipe) return undefined;
    const { diffIds, configDigest, manifestDigest } = wanted;
    // Neither size nor content of the layers is looked at: the engine's names of them are their hashes.
    const layers = diffIds.map((diffId) => ({ diffId, size: 0, path: "" }));
    const { present, reference } = await lookForImage(bench.engine, layers, config, tag);
    if (!present || reference.configDigest !== configDigest) return undefined;
    const image = { tag, diffIds, configDigest, manifestDigest };
    if (name === "probe") probe = image;
    else found.set(tag, image);
  }
  if (probe === undefined) return undefined;
  const digests = new Map<string, DigestState>([...found.keys(), probe.tag].map((tag) => [tag, "same"]));
  return { ...planned, images: found, probe, digests };
}

/**
 * The images of a lab: those that the engine has where lab.lock says that they are right, which needs no input and no
 * content store; else everything that is missing is downloaded and built.
 * @throws LabError "lab", "input", "engine" or "build"
 */
export async function readyLab(bench: Bench, lab: Lab, options: InputOptions): Promise<BuiltLab> {
  const locked = await planWithLock(bench, lab, options);
  const present = await presentImages(bench, locked, await planRecipes(bench, locked));
  if (present === undefined) return buildImages(bench, await bringInputs(bench, locked, options));
  bench.progress.note(`${present.images.size + 1} images are on the engine as lab.lock expects them`);
  return present;
}
