import { type Assembled, assembleImage } from "../image/assemble.js";
import { layerOf } from "../image/ensure.js";
import { LabError } from "../model/errors.js";
import type { LayerRef } from "../model/image.js";
import type { LabPlan } from "../model/plan.js";
import { imageConfig, probeConfig, probeTag } from "../render/image-config.js";
import type { Store } from "../system/store.js";
import type { Recipes } from "./recipes.js";

/** A lab's images, described to the last byte. */
export interface AssembledLab {
  readonly probe: Assembled;
  /** In the order of the plan. */
  readonly images: readonly Assembled[];
}

async function layer(store: Pick<Store, "derived">, key: string): Promise<LayerRef> {
  const tree = await store.derived(key);
  if (tree !== undefined) return layerOf(tree);
  throw new LabError("failed", "a tree is gone from the content store", {
    where: key,
    next: "run the command again, without a cache command beside it",
  });
}

/**
 * Describes a lab's images from trees that were made.
 * @param store - has all of them
 */
export async function assembleImages(
  store: Pick<Store, "derived">,
  plan: LabPlan,
  { probe, images }: Recipes,
): Promise<AssembledLab> {
  const ofProbe = [await layer(store, probe.context.key)];
  const assembled: Assembled[] = [];
  for (const { image, trees } of images) {
    const keys = [plan.base.key, ...trees.map(({ context }) => context.key)];
    const layers = await Promise.all(keys.map((key) => layer(store, key)));
    assembled.push(assembleImage(layers, imageConfig(plan, image), image.tag));
  }
  return { probe: assembleImage(ofProbe, probeConfig(plan), probeTag(probe.context.key)), images: assembled };
}
