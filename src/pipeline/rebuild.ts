import { compareLayers } from "../image/compare-layers.js";
import { type Conditions, otherConditions } from "../image/conditions.js";
import { diffoscope } from "../image/diffoscope.js";
import { buildTree } from "../image/tree.js";
import { makeRootfs } from "../lock/rootfs.js";
import { LabError } from "../model/errors.js";
import type { ImageRef } from "../model/image.js";
import { stepDescriber } from "../report/build-step.js";
import { count } from "../report/numbers.js";
import { type DerivedTree, Store } from "../system/store.js";
import { createScratch } from "../system/store-scratch.js";
import { type AssembledLab, assembleImages } from "./assembled.js";
import type { BuiltLab } from "./images.js";
import type { Bench, PlannedLab } from "./inputs.js";
import { planRecipes, type Recipes, type TreeRecipe } from "./recipes.js";

/** A tree of a second build. */
interface TreeAgain {
  readonly title: string;
  readonly tree: DerivedTree;
}

/** Everything of a lab, built a second time. */
export interface Rebuilt extends AssembledLab {
  /** By the key that the first build has, too. */
  readonly trees: ReadonlyMap<string, TreeAgain>;
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
async function makeAgain(again: Bench, { plan }: PlannedLab, { probe, images }: Recipes): Promise<Rebuilt["trees"]> {
  const conditions = otherConditions(again.engine.info.cpus);
  const made = new Map<string, TreeAgain>();
  for (const rootfs of [plan.base, plan.builder]) {
    const title = `Root file system (${rootfs.kind})`;
    made.set(rootfs.key, { title, tree: await makeRootfs(again, rootfs, true) });
  }
  for (const recipe of [probe, ...images.flatMap(({ trees }) => trees)]) {
    const { title, context } = recipe;
    if (!made.has(context.key))
      made.set(context.key, { title, tree: await treeAgain(again, plan.lab, recipe, conditions) });
  }
  return made;
}

/**
 * Builds everything of a lab from its inputs, interpreters included, without any cache of ours or of the engine's and
 * under other conditions, and lets somebody look at it.
 * @returns what `look` returns; the trees are gone by then
 */
export async function withRebuild<T>(
  bench: Bench,
  planned: PlannedLab,
  look: (rebuilt: Rebuilt) => Promise<T>,
): Promise<T> {
  const scratch = await createScratch(bench.environment.cacheDir);
  const again = { ...bench, store: new Store(scratch.file, bench.environment.inputs, bench.store) };
  try {
    const recipes = await planRecipes(bench, planned);
    const trees = await makeAgain(again, planned, recipes);
    return await look({ trees, ...(await assembleImages(again.store, planned.plan, recipes)) });
  } finally {
    await scratch.remove();
  }
}

/** Configuration and manifest follow from the layers; they are compared all the same, as what others will see. */
export function differingImages({ probe, images }: AssembledLab, first: ReadonlyMap<string, ImageRef>): string[] {
  return [...images, probe].flatMap(({ reference }) => {
    const before = first.get(reference.tag);
    return (["configDigest", "manifestDigest"] as const).flatMap((digest) =>
      reference[digest] === before?.[digest]
        ? []
        : [`${reference.tag}: ${digest} ${before?.[digest]} and ${reference[digest]}`],
    );
  });
}

/** Says where two layers differ, in lines. @param first - and `second`: absolute paths of tars */
export async function explainLayers(first: string, second: string): Promise<string[]> {
  const lines = await compareLayers(first, second);
  return [
    ...lines.map((line) => `  ${line}`),
    ...(await diffoscope(first, second)).map((line) => `  diffoscope: ${line}`),
  ];
}

async function compareTrees(bench: Bench, again: Rebuilt["trees"]): Promise<string[]> {
  const details: string[] = [];
  for (const [key, { title, tree: second }] of again) {
    const first = await bench.store.derived(key);
    if (first === undefined) throw new Error(`${title} is gone from the content store`);
    if (first.sha256 === second.sha256) continue;
    details.push(`${title}: sha256:${first.sha256} and sha256:${second.sha256}`);
    details.push(...(await explainLayers(first.path, second.path)));
  }
  return details;
}

/**
 * Builds a lab a second time, and compares every layer, configuration and manifest.
 * @param built - the first build, some of which may have been made earlier
 * @throws LabError "reproducibility" (exit 8) that names each layer, file, field and byte that differs
 */
export async function compareRebuild(bench: Bench, built: BuiltLab): Promise<void> {
  await withRebuild(bench, built, async (again) => {
    const first = new Map([...built.images, [built.probe.tag, built.probe]]);
    const details = [...differingImages(again, first), ...(await compareTrees(bench, again.trees))];
    if (details.length > 0) {
      throw new LabError("reproducibility", "two builds differ", {
        where: built.plan.lab,
        details,
        next: "change the build step that makes what differs",
      });
    }
    const { size } = again.trees;
    bench.progress.note(`built twice: ${count(size)} trees and all images are bit for bit the same`);
  });
}
