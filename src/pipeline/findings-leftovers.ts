import type { Engine } from "../docker/types.js";
import { busyLabs } from "../fleet/lock.js";
import { findStray } from "../fleet/remove.js";
import { deadScratch } from "../system/store-scratch.js";
import { type Finding, finding, GOOD } from "./findings.js";
import { describeCounts } from "./fleets.js";
import type { Workspace } from "./workspace.js";

/** What killed commands left on the engine and in the content store: what `prune` would remove. */
export async function leftoversFinding({ environment }: Workspace, engine: Engine): Promise<Finding> {
  const busy = (): ReturnType<typeof busyLabs> => busyLabs(environment.cacheDir, engine.info.endpoint);
  const { containers, networks, volumes, images } = await findStray(engine, busy);
  const counts = {
    containers: containers.length,
    networks: networks.length,
    volumes: volumes.length,
    images: images.length,
  };
  const found = describeCounts(counts, (await deadScratch(environment.cacheDir)).length);
  if (found === "") return finding("leftovers", "none", GOOD);
  return finding("leftovers", found, ["warn", "majek-lab prune, or majek-lab doctor --fix"]);
}
