import { readLock } from "../lock/file.js";
import { LabError } from "../model/errors.js";
import { keyOf } from "../model/hash.js";
import type { ImageConfig } from "../model/image.js";
import type { ExpectedImage, LabLock } from "../model/lock.js";
import type { LabPlan } from "../model/plan.js";
import { imageConfig, probeConfig, probeTag } from "../render/image-config.js";
import type { BuiltLab } from "./images.js";
import type { Bench } from "./inputs.js";
import { changeLock } from "./lock-file.js";
import { planRecipes, type Recipes } from "./recipes.js";

/**
 * How an image compares with lab.lock. `outdated`: the lock tells of an image made from something else, so the two need
 * not agree; `re-resolved`: packages are not those of the lock; `unknown`: nobody has recorded it.
 */
export type DigestState = "same" | "different" | "outdated" | "re-resolved" | "unknown";

type Built = Pick<BuiltLab, "plan" | "inputs" | "images" | "probe">;

/** An image under its name in lab.lock. */
export interface NamedRecipe {
  /** Its interpreter, or `probe`. */
  readonly name: string;
  readonly tag: string;
  readonly config: ImageConfig;
  /** Hash over all that it is made from. */
  readonly recipe: string;
}

interface Named {
  readonly name: string;
  readonly tag: string;
  readonly image: ExpectedImage;
}

/** What each image of a lab is made from, the probe's last; builds nothing. */
export function namedRecipes(plan: LabPlan, { probe, images }: Recipes): NamedRecipe[] {
  const named = images.map(({ image, trees }) => {
    const layers = [plan.base.key, ...trees.map(({ context }) => context.key)];
    const config = imageConfig(plan, image);
    return { name: image.interpreter.id as string, tag: image.tag, config, recipe: keyOf({ layers, config }) };
  });
  const { key } = probe.context;
  const recipe = keyOf({ layers: [key], platform: plan.platform });
  return [...named, { name: "probe", tag: probeTag(key), config: probeConfig(plan), recipe }];
}

/** What lab.lock would expect of these images. */
function namedImages({ plan, images, probe }: Built, recipes: Recipes): Named[] {
  return namedRecipes(plan, recipes).flatMap(({ name, tag, recipe }) => {
    const made = name === "probe" ? probe : images.get(tag);
    if (made === undefined) return [];
    const { diffIds, configDigest, manifestDigest } = made;
    return [{ name, tag: made.tag, image: { recipe, diffIds, configDigest, manifestDigest } }];
  });
}

/** @returns by tag */
export function judgeDigests(built: Built, recipes: Recipes): Map<string, DigestState> {
  const { lock, reResolved } = built.inputs;
  const judge = ({ name, image }: Named): DigestState => {
    const expected = lock.expected?.[name];
    if (reResolved.length > 0) return "re-resolved";
    if (expected === undefined) return "unknown";
    if (expected.recipe !== image.recipe) return "outdated";
    return keyOf(expected) === keyOf(image) ? "same" : "different";
  };
  return new Map(namedImages(built, recipes).map((one) => [one.tag, judge(one)]));
}

/** @throws LabError "reproducibility" (exit 8) for images that are not what the lock expects of the same recipe */
export function requireExpected({ lab, digests }: Pick<BuiltLab, "lab" | "digests">): void {
  const different = [...digests].filter(([, state]) => state === "different").map(([tag]) => tag);
  if (different.length === 0) return;
  throw new LabError("reproducibility", "what was built here is not what lab.lock expects of the same inputs", {
    where: lab.lockFile,
    details: different,
    next: "compare with whoever recorded it; majek-lab build LAB --record writes the digests of this machine",
  });
}

/**
 * Writes the digests of built images to lab.lock; those of interpreters that the lab does not use stay, since labs may
 * share a lock.
 * @returns how they compare now, by tag
 * @throws LabError "input" where packages were resolved again: such images are not those of the lock
 */
export async function recordDigests(bench: Bench, built: BuiltLab): Promise<Map<string, DigestState>> {
  if (built.inputs.reResolved.length > 0) throw notPinned(built.lab.lockFile);
  return recordNamed(bench, built, await planRecipes(bench, built));
}

function notPinned(lockFile: string): LabError {
  return new LabError("input", "these images are not made from exactly what lab.lock pins", {
    where: lockFile,
    next: "majek-lab lock LAB --update",
  });
}

/** A lock with the digests of built images in it. @throws LabError "input" where it is not what they were built from */
function withDigests(lock: LabLock | undefined, built: BuiltLab, recipes: Recipes): LabLock {
  const { platform, reResolved } = built.inputs;
  const block = lock?.platforms[platform];
  if (lock === undefined || block === undefined || reResolved.length > 0) throw notPinned(built.lab.lockFile);
  const named = namedImages(built, recipes).map(({ name, image }) => [name, image] as const);
  const expected = { ...block.expected, ...Object.fromEntries(named) };
  return { ...lock, platforms: { ...lock.platforms, [platform]: { ...block, expected } } };
}

/**
 * The lock with the digests of built images in it; it is not written.
 * @throws LabError "input" where the lock is not what they were built from
 */
export async function lockWith(built: BuiltLab, recipes: Recipes): Promise<LabLock> {
  return withDigests(await readLock(built.lab.lockFile), built, recipes);
}

/** {@link recordDigests} of recipes that are known. */
export async function recordNamed(
  bench: Pick<Bench, "progress" | "environment" | "workspace">,
  built: BuiltLab,
  recipes: Recipes,
): Promise<Map<string, DigestState>> {
  const { lockFile } = built.lab;
  await changeLock(bench, lockFile, (current) => withDigests(current, built, recipes));
  const named = namedImages(built, recipes);
  bench.progress.note(`wrote the digests of ${named.length} images to ${lockFile}`);
  return new Map(named.map(({ tag }) => [tag, "same"]));
}
