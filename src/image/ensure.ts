import type { Engine } from "../docker/types.js";
import { LabError } from "../model/errors.js";
import type { ImageConfig, ImageRef, LayerRef } from "../model/image.js";
import type { DerivedTree } from "../system/store.js";
import { assembleImage, IDENTITY_LABEL } from "./assemble.js";

/** A tree of the content store as a layer. */
export function layerOf(tree: DerivedTree): LayerRef {
  return { diffId: `sha256:${tree.sha256}`, size: tree.size, path: tree.path };
}

/**
 * Makes sure that the engine has exactly this image under its tag; loads it where it has not.
 * @returns the image's digests, and whether it had to be loaded
 * @throws LabError "build" when the engine has something else under the tag after loading
 */
export async function ensureImage(
  engine: Engine,
  layers: readonly LayerRef[],
  config: ImageConfig,
  tag: string,
): Promise<{ readonly reference: ImageRef; readonly loaded: boolean }> {
  const image = assembleImage(layers, config, tag);
  const present = async (): Promise<boolean> =>
    (await engine.images.inspect(tag))?.labels[IDENTITY_LABEL] === image.identity;
  if (await present()) return { reference: image.reference, loaded: false };
  await engine.images.load(image.archive());
  if (await present()) return { reference: image.reference, loaded: true };
  throw new LabError("build", `the engine did not keep the image ${tag} as it was loaded`, {
    where: tag,
    next: "majek-lab doctor",
  });
}
