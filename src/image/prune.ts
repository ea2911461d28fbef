import { LABELS } from "../docker/labels.js";
import type { ContainerState, Engine, ImageInfo } from "../docker/types.js";
import { LabError } from "../model/errors.js";
import { IDENTITY_LABEL } from "../model/image.js";

/** An image of ours carries at least one of these: labs' (lab), probes and seeds (role), parts of builds (the rest). */
const OWN_LABELS = [LABELS.lab, LABELS.role, LABELS.temporary, LABELS.build, IDENTITY_LABEL];

/** Where every tag of ours stands; any other on an image of ours is the user's. */
const OWN_TAGS = "localhost/majek-lab/";

/** An image that stays, and why. */
export interface KeptImage {
  readonly image: ImageInfo;
  readonly why: string;
}

export interface PrunedImages {
  readonly removed: readonly ImageInfo[];
  readonly kept: readonly KeptImage[];
}

/** How people call it: by its tags, else by the beginning of its id. */
export function imageName({ tags, id }: ImageInfo): string {
  return tags.length > 0 ? tags.join(", ") : id.replace(/^sha256:/, "").slice(0, 12);
}

/** Every image of ours: of labs, probes, seeds and builds. */
async function ownImages(engine: Engine): Promise<readonly ImageInfo[]> {
  const lists = await Promise.all(OWN_LABELS.map((label) => engine.images.list({ [label]: "" })));
  return [...new Map(lists.flat().map((image) => [image.id, image])).values()];
}

function userOf({ labels, name }: ContainerState): string {
  const lab = labels[LABELS.lab];
  if (!lab) return `container ${name}`;
  return labels[LABELS.role] === "fleet" ? `fleet ${lab} ${labels[LABELS.variant]}` : `${lab}: container ${name}`;
}

/**
 * Why an image has to stay; `undefined` where it has not. An image without a lab (probe, seed, a build) may be what a
 * command that runs right now is about to use.
 * @param containers - all of the engine, somebody else's too
 * @param busy - labs that a living command works on
 */
export function reasonToKeep(
  { id, tags, labels }: ImageInfo,
  containers: readonly ContainerState[],
  busy: ReadonlySet<string>,
): string | undefined {
  const users = containers.filter(({ imageId }) => imageId === id).map(userOf);
  if (users.length > 0) return `used by ${users.join(", ")}`;
  const theirs = tags.filter((tag) => !tag.startsWith(OWN_TAGS));
  if (theirs.length > 0) return `also tagged ${theirs.join(", ")}`;
  const lab = labels[LABELS.lab] || undefined;
  const workers = [...busy].filter((one) => lab === undefined || one === lab);
  return workers.length > 0 ? `majek-lab is at work on ${workers.join(", ")}` : undefined;
}

/**
 * Removes the images of ours that nothing uses.
 * @param busy - labs that a living command works on
 * @param wanted - which of them; all unless a test says otherwise
 */
export async function pruneImages(
  engine: Engine,
  busy: ReadonlySet<string>,
  wanted: (image: ImageInfo) => boolean = () => true,
): Promise<PrunedImages> {
  const containers = await engine.containers.list({});
  const removed: ImageInfo[] = [];
  const kept: KeptImage[] = [];
  for (const image of (await ownImages(engine)).filter(wanted)) {
    const why = reasonToKeep(image, containers, busy) ?? (await refusal(engine, image));
    if (why === undefined) removed.push(image);
    else kept.push({ image, why });
  }
  return { removed, kept };
}

/**
 * Removes an image by the tags that it was listed with, so that one which got or lost a tag since then stays.
 * @returns why the engine keeps it, in its own words where it has any
 */
async function refusal(engine: Engine, { id, tags }: ImageInfo): Promise<string | undefined> {
  try {
    for (const tag of tags) if ((await engine.images.inspect(tag))?.id === id) await engine.images.remove(tag);
    return (await engine.images.removeUnused(id)) ? undefined : "an image, a container or a tag that is new needs it";
  } catch (error) {
    if (error instanceof LabError && error.code === "failed") return error.message;
    throw error;
  }
}
