import { connectEngine } from "../docker/connect.js";
import { busyLabs } from "../fleet/lock.js";
import { removeStray } from "../fleet/remove.js";
import { imageName, type PrunedImages, pruneImages } from "../image/prune.js";
import { sweepScratch } from "../system/store-scratch.js";
import { describeRemoved } from "./fleets.js";
import type { Workspace } from "./workspace.js";

const NONE: PrunedImages = { removed: [], kept: [] };

/**
 * `prune`: what killed commands left; fleets that serve stay. With `images`, all images of ours too that nothing uses.
 * @returns the name of each image that went or stayed, and how many of everything was removed
 */
export async function prune(workspace: Workspace, options: { readonly images?: boolean }): Promise<string> {
  const { environment } = workspace;
  const engine = await connectEngine(environment);
  const busy = (): ReturnType<typeof busyLabs> => busyLabs(environment.cacheDir, engine.info.endpoint);
  const progress = await workspace.progress();
  const stray = await removeStray(engine, busy, progress).finally(() => progress.close());
  const { removed, kept } = options.images ? await pruneImages(engine, await busy()) : NONE;
  return [
    ...removed.map((image) => `removed image ${imageName(image)}`),
    ...kept.map(({ image, why }) => `kept image ${imageName(image)}: ${why}`),
    describeRemoved({ ...stray, images: stray.images + removed.length }, await sweepScratch(environment.cacheDir)),
  ].join("\n");
}
