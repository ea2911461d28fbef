import { adoptImages, type Staged } from "../image/adopt.js";
import { assembledFrom } from "../image/assemble.js";
import { ensureImage, isSame } from "../image/ensure.js";
import type { SharedImage, SharedLab } from "../share/collect.js";
import type { Bench } from "./inputs.js";

/** Takes back what was done. */
export type Undo = () => Promise<void>;

/** Loads an image under a name for the time being; `undefined` where the engine has it under its tag. */
async function stageImage(
  { engine, progress, signal }: Pick<Bench, "engine" | "progress" | "signal">,
  { tag, identity, parts }: SharedImage,
  stage: string,
): Promise<Staged | undefined> {
  const image = assembledFrom(tag, identity, parts);
  const step = progress.step(`Image ${tag}`);
  try {
    const present = isSame(await engine.images.inspect(tag), image);
    if (!present) await ensureImage(engine, assembledFrom(stage, identity, parts), signal);
    step.done(present ? "present" : "loaded");
    return present ? undefined : { image, stage };
  } catch (error) {
    step.fail();
    throw error;
  }
}

/**
 * Loads images, then does what has to follow, and gives the images their tags last: until then these name what they
 * named before. Whoever calls has the lab's lock, and so these names for the time being.
 * @param follow - returns how to take it back, where the tags cannot be given
 * @throws what loading throws, and what `follow` throws; the engine then has the images that it had before
 */
export async function loadImages(
  bench: Pick<Bench, "engine" | "progress" | "signal">,
  { name, images }: Pick<SharedLab, "name" | "images">,
  follow: () => Promise<Undo>,
): Promise<void> {
  // No lab has an underscore in its name, so that nobody else's image is called like that.
  const stages = images.map((_, index) => `localhost/majek-lab/${name}_loading:${index}`);
  const staged: Staged[] = [];
  try {
    for (const [index, image] of images.entries()) {
      const one = await stageImage(bench, image, stages[index] ?? "");
      if (one !== undefined) staged.push(one);
    }
    const undo = await follow();
    await adoptImages(bench.engine, staged).catch(async (error) => {
      await undo();
      throw error;
    });
  } finally {
    // All of them: an engine may have kept an image and failed all the same, and a killed load may have left some.
    for (const stage of stages) await bench.engine.images.remove(stage).catch(() => undefined);
  }
}
