import { assembleImage } from "../image/assemble.js";
import { compareLayers } from "../image/compare-layers.js";
import { type Conditions, otherConditions } from "../image/conditions.js";
import { diffoscope } from "../image/diffoscope.js";
import { layerOf } from "../image/ensure.js";
import { buildTree } from "../image/tree.js";
import { makeRootfs } from "../lock/rootfs.js";
import { LabError } from "../model/errors.js";
import { imageConfig } from "../render/image-config.js";
import { stepDescriber } from "../report/build-step.js";
import { count } from "../report/numbers.js";
import { type DerivedTree, Store } from "../system/store.js";
import { createScratch } from "../system/store-scratch.js";
import type { BuiltLab } from "./images.js";
import type { Bench } from "./inputs.js";
import { planRecipes, type TreeRecipe } from "./recipes.js";

/** One tree, made once before and once now. */
interface Pair {
  readonly title: string;
  readonly first: DerivedTree;
  readonly second: DerivedTree;
}

async function treeAgain(bench: Bench, lab: string, recipe: TreeRecipe, conditions: Conditions): Promise<DerivedTree> {
  const step = bench.progress.step(`${recipe.title}, again`);
  const describe = stepDescriber();
  try {
    const { engine, store, signal, environment } = bench;
    const options = { lab, owner: environment.owner, signal, conditions };
    const onOutput = (line: string): void => step.update(describe(line));
    const made = await buildTree(engine, store, recipe.context, { ...options, onOutput });
    step.done();
    return made;
  } catch (error) {
    step.fail();
    throw error;
  }
}

/** Makes every tree of the lab in a store that is empty but for the inputs. */
async function makeAgain(bench: Bench, again: Bench, built: BuiltLab): Promise<Pair[]> {
  const { plan } = built;
  const conditions = otherConditions(bench.engine.info.cpus);
  const pairs = new Map<string, Pair>();
  const add = async (title: string, key: string, make: () => Promise<DerivedTree>): Promise<void> => {
    if (pairs.has(key)) return;
    const first = await bench.store.derived(key);
    if (first === undefined) throw new Error(`${title} is gone from the content store`);
    pairs.set(key, { title, first, second: await make() });
  };
  for (const rootfs of [plan.base, plan.builder]) {
    await add(`Root file system (${rootfs.kind})`, rootfs.key, () => makeRootfs(again, rootfs, true));
  }
  const { probe, images } = await planRecipes(bench, built);
  for (const recipe of [probe, ...images.flatMap(({ trees }) => trees)]) {
    await add(recipe.title, recipe.context.key, () => treeAgain(again, plan.lab, recipe, conditions));
  }
  return [...pairs.values()];
}

/** Configuration and manifest follow from the layers; they are compared all the same, as what others will see. */
async function differingImages(bench: Bench, again: Bench, built: BuiltLab): Promise<string[]> {
  const { images } = await planRecipes(bench, built);
  const lines: string[] = [];
  for (const { image, trees } of images) {
    const keys = [built.plan.base.key, ...trees.map(({ context }) => context.key)];
    const layers = (await Promise.all(keys.map((key) => again.store.derived(key)))).flatMap((tree) => tree ?? []);
    const { reference } = assembleImage(layers.map(layerOf), imageConfig(built.plan, image), image.tag);
    const first = built.images.get(image.tag);
    for (const digest of ["configDigest", "manifestDigest"] as const) {
      if (reference[digest] !== first?.[digest])
        lines.push(`${image.tag}: ${digest} ${first?.[digest]} and ${reference[digest]}`);
    }
  }
  return lines;
}

async function explain({ title, first, second }: Pair): Promise<string[]> {
  const lines = await compareLayers(first.path, second.path);
  return [
    `${title}: sha256:${first.sha256} and sha256:${second.sha256}`,
    ...lines.map((line) => `  ${line}`),
    ...(await diffoscope(first.path, second.path)).map((line) => `  diffoscope: ${line}`),
  ];
}

/**
 * Builds everything of a lab a second time, interpreters included, without any cache of ours or of the engine's and
 * under other conditions, and compares every layer, configuration and manifest.
 * @param built - the first build, some of which may have been made earlier
 * @throws LabError "reproducibility" (exit 8) that names each layer, file, field and byte that differs
 */
export async function compareRebuild(bench: Bench, built: BuiltLab): Promise<void> {
  const scratch = await createScratch(bench.environment.cacheDir);
  const again = { ...bench, store: new Store(scratch.file, bench.environment.inputs, bench.store) };
  try {
    const pairs = await makeAgain(bench, again, built);
    const differing = pairs.filter(({ first, second }) => first.sha256 !== second.sha256);
    const details = await differingImages(bench, again, built);
    for (const pair of differing) details.push(...(await explain(pair)));
    if (details.length > 0) {
      throw new LabError("reproducibility", `two builds differ in ${differing.length} of ${pairs.length} trees`, {
        where: built.plan.lab,
        details,
        next: "change the build step that makes what differs",
      });
    }
    bench.progress.note(`built twice: ${count(pairs.length)} trees and all images are bit for bit the same`);
  } finally {
    await scratch.remove();
  }
}
