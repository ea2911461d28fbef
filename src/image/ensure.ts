import type { Engine, ImageDetails } from "../docker/types.js";
import { LabError } from "../model/errors.js";
import { IDENTITY_LABEL, type ImageConfig, type ImageRef, type LayerRef } from "../model/image.js";
import type { DerivedTree } from "../system/store.js";
import { type Assembled, assembleImage } from "./assemble.js";

/** A tree of the content store as a layer. */
export function layerOf(tree: DerivedTree): LayerRef {
  return { diffId: `sha256:${tree.sha256}`, size: tree.size, path: tree.path };
}

/** The engine's own ids differ between stores, so layers and our label are compared. */
export function isSame(found: ImageDetails | undefined, { identity, reference }: Assembled): boolean {
  return found?.labels[IDENTITY_LABEL] === identity && found.diffIds.join() === reference.diffIds.join();
}

/** The error for an engine that has something else than it was given. */
export function notKept(tag: string): LabError {
  return new LabError("build", `the engine did not keep the image ${tag} as it was loaded`, {
    where: tag,
    next: "majek-lab doctor",
  });
}

/** The digests that an image of these layers has, and whether the engine has it under its tag. Changes nothing. */
export async function lookForImage(
  engine: Engine,
  layers: readonly LayerRef[],
  config: ImageConfig,
  tag: string,
): Promise<{ readonly reference: ImageRef; readonly present: boolean }> {
  const image = assembleImage(layers, config, tag);
  return { reference: image.reference, present: isSame(await engine.images.inspect(tag), image) };
}

/**
 * Makes sure that the engine has exactly this image under its tag; loads it where it has not.
 * @returns the image's digests, and whether it had to be loaded
 * @throws LabError "build" when the engine has something else under the tag after loading; "engine" when it goes away
 *   while loading; the signal's reason when aborted. The tag then still names what it named before, or nothing.
 */
export async function ensureImage(
  engine: Engine,
  image: Assembled,
  signal?: AbortSignal,
): Promise<{ readonly reference: ImageRef; readonly loaded: boolean }> {
  const { reference } = image;
  const { tag } = reference;
  const before = await engine.images.inspect(tag);
  if (isSame(before, image)) return { reference, loaded: false };
  await engine.images.load(image.archive(), signal);
  const after = await engine.images.inspect(tag);
  if (isSame(after, image)) {
    // The image that had this tag has none now; a fleet that still runs from it keeps it.
    if (before !== undefined && before.id !== after?.id) await engine.images.removeUnused(before.id);
    return { reference, loaded: true };
  }
  throw notKept(tag);
}
