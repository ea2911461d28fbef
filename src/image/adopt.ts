import type { Engine, ImageDetails } from "../docker/types.js";
import type { Assembled } from "./assemble.js";
import { isSame, notKept } from "./ensure.js";

/** An image that the engine has under a name for the time being. */
export interface Staged {
  readonly image: Assembled;
  /** That name. */
  readonly stage: string;
}

/** What had a tag before, if anything. */
interface Moved {
  readonly tag: string;
  readonly before: ImageDetails | undefined;
}

async function move(engine: Engine, reference: string, tag: string): Promise<void> {
  const colon = tag.lastIndexOf(":");
  await engine.images.tag(reference, tag.slice(0, colon), tag.slice(colon + 1));
}

async function moveBack(engine: Engine, { tag, before }: Moved): Promise<void> {
  if (before === undefined) await engine.images.remove(tag);
  else await move(engine, before.id, tag);
}

/**
 * Gives images that are on the engine their tags: all of them, or none. What had one of these tags and has no other is
 * removed, unless a container uses it. The names for the time being stay.
 * @throws LabError "build" where the engine has something else under a tag after that, "engine" where it goes away. The
 *   tags then name what they named before, as far as the engine answers
 */
export async function adoptImages(engine: Engine, staged: readonly Staged[]): Promise<void> {
  const moved: Moved[] = [];
  try {
    for (const { image, stage } of staged) {
      const { tag } = image.reference;
      moved.push({ tag, before: await engine.images.inspect(tag) });
      await move(engine, stage, tag);
      if (!isSame(await engine.images.inspect(tag), image)) throw notKept(tag);
    }
  } catch (error) {
    for (const one of moved.reverse()) await moveBack(engine, one).catch(() => undefined);
    throw error;
  }
  for (const { before } of moved) if (before !== undefined) await engine.images.removeUnused(before.id);
}
