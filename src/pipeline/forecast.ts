import { listFleets } from "../fleet/find.js";
import { layerOf, lookForImage } from "../image/ensure.js";
import type { ImageRef } from "../model/image.js";
import { imageConfig } from "../render/image-config.js";
import { findExisting, withBaseline } from "./existing.js";
import type { Bench, PlannedLab } from "./inputs.js";
import { presentImages } from "./ready.js";
import { planRecipes } from "./recipes.js";
import { verdictFirst } from "./select.js";

/** What an `up` would do. */
export interface Forecast {
  /** Trees that are not in the content store, in the order in which they would be built. */
  readonly built: readonly string[];
  /** Trees that are there. */
  readonly cached: readonly string[];
  /** Tags of images that the engine has, unchanged. */
  readonly present: readonly string[];
  /** Tags of images that it would be given. */
  readonly loaded: readonly string[];
  /** Variants whose fleet would be left alone. */
  readonly kept: readonly string[];
  /** Fleets that would be removed, with the reason. */
  readonly replaced: readonly { readonly variant: string; readonly why: string }[];
  /** Variants that would be started, in this order. */
  readonly started: readonly string[];
}

interface Images {
  readonly built: readonly string[];
  readonly cached: readonly string[];
  readonly present: readonly string[];
  readonly loaded: readonly string[];
  /** By tag; an image has none while one of its trees is still to be built. */
  readonly references: ReadonlyMap<string, ImageRef>;
}

async function forecastImages(bench: Bench, planned: PlannedLab): Promise<Images> {
  const { plan } = planned;
  const recipes = await planRecipes(bench, planned);
  const { probe, images } = recipes;
  const [built, cached, present, loaded] = [new Set<string>(), new Set<string>(), new Set<string>(), new Set<string>()];
  const find = async (title: string, key: string) => {
    const tree = await bench.store.derived(key);
    (tree === undefined ? built : cached).add(title);
    return tree;
  };
  const base = await find("root file system (base)", plan.base.key);
  await find("root file system (builder)", plan.builder.key);
  await find(probe.title, probe.context.key);
  const references = new Map<string, ImageRef>();
  const ready = await presentImages(bench, planned, recipes);
  for (const { image, trees } of images) {
    const layers = [base];
    for (const { title, context } of trees) layers.push(await find(title, context.key));
    if (!layers.every((layer) => layer !== undefined)) {
      loaded.add(image.tag);
      continue;
    }
    const found = await lookForImage(bench.engine, layers.map(layerOf), imageConfig(plan, image), image.tag);
    references.set(image.tag, found.reference);
    (found.present ? present : loaded).add(image.tag);
  }
  if (ready !== undefined) {
    return { built: [], cached: [...cached], present: [...ready.images.keys()], loaded: [], references: ready.images };
  }
  return { built: [...built], cached: [...cached], present: [...present], loaded: [...loaded], references };
}

/**
 * What an `up` of this lab would do, from the same decisions that it takes. Changes nothing.
 * @param options - of that `up`
 */
export async function forecast(
  bench: Bench,
  planned: PlannedLab,
  options: { readonly results: string; readonly recreate?: boolean },
): Promise<Forecast> {
  const { references, ...images } = await forecastImages(bench, planned);
  const known = { ...planned, images: references };
  const found = await findExisting(bench, known, options.results, options.recreate ?? false);
  const existing = await withBaseline(bench, known, found);
  const { spec } = planned.lab;
  const fleets = await listFleets(bench.engine, { lab: spec.name });
  const unbuilt = planned.plan.variants.filter(({ imageTag }) => !references.has(imageTag)).map(({ name }) => name);
  const outdated = fleets.filter(({ variant }) => unbuilt.includes(variant));
  return {
    ...images,
    kept: [...existing.current.keys()],
    replaced: [
      ...existing.stale.map(({ fleet, why }) => ({ variant: fleet.variant, why })),
      ...outdated.map(({ variant }) => ({ variant, why: "its image is built anew" })),
    ],
    started: verdictFirst(spec).filter((variant) => !existing.current.has(variant)),
  };
}
