import { readLock, writeLock } from "../lock/file.js";
import { LabError } from "../model/errors.js";
import { keyOf } from "../model/hash.js";
import type { ImageRef } from "../model/image.js";
import type { ExpectedImage } from "../model/lock.js";
import { imageConfig } from "../render/image-config.js";
import type { BuiltLab } from "./images.js";
import type { Bench } from "./inputs.js";
import { planRecipes, type Recipes } from "./recipes.js";

/**
 * How an image compares with lab.lock. `outdated`: the lock tells of an image made from something else, so the two need
 * not agree; `re-resolved`: packages are not those of the lock; `unknown`: nobody has recorded it.
 */
export type DigestState = "same" | "different" | "outdated" | "re-resolved" | "unknown";

type Built = Pick<BuiltLab, "plan" | "inputs" | "images" | "probe">;

interface Named {
  readonly name: string;
  readonly tag: string;
  readonly image: ExpectedImage;
}

function expectation(recipe: unknown, { diffIds, configDigest, manifestDigest }: ImageRef): ExpectedImage {
  return { recipe: keyOf(recipe), diffIds, configDigest, manifestDigest };
}

/** What lab.lock would expect of these images. */
function namedImages({ plan, images, probe }: Built, recipes: Recipes): Named[] {
  const named = recipes.images.flatMap(({ image, trees }) => {
    const made = images.get(image.tag);
    const layers = [plan.base.key, ...trees.map(({ context }) => context.key)];
    const recipe = { layers, config: imageConfig(plan, image) };
    return made === undefined ? [] : [{ name: image.interpreter.id, tag: image.tag, image: expectation(recipe, made) }];
  });
  const ofProbe = expectation({ layers: [recipes.probe.context.key], platform: plan.platform }, probe);
  return [...named, { name: "probe", tag: probe.tag, image: ofProbe }];
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

/** {@link recordDigests} of recipes that are known. */
export async function recordNamed(
  { progress }: Pick<Bench, "progress">,
  built: BuiltLab,
  recipes: Recipes,
): Promise<Map<string, DigestState>> {
  const { lockFile } = built.lab;
  const { platform } = built.inputs;
  const lock = await readLock(lockFile);
  const block = lock?.platforms[platform];
  if (lock === undefined || block === undefined) throw notPinned(lockFile);
  const named = namedImages(built, recipes);
  const expected = { ...block.expected, ...Object.fromEntries(named.map(({ name, image }) => [name, image])) };
  await writeLock(lockFile, { ...lock, platforms: { ...lock.platforms, [platform]: { ...block, expected } } });
  progress.note(`wrote the digests of ${named.length} images to ${lockFile}`);
  return new Map(named.map(({ tag }) => [tag, "same"]));
}
