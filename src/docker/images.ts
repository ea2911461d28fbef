import type Docker from "dockerode";
import { asked, engineError, isInUse, isMissing, settled } from "./errors.js";
import { build, importRootfs, load, pull } from "./image-streams.js";
import { labelFilter } from "./labels.js";
import type { ImageDetails, ImageInfo, ImagePort, Labels } from "./types.js";

interface RawImage {
  readonly Id: string;
  readonly RepoTags?: readonly string[] | null | undefined;
  readonly Labels?: Labels | null | undefined;
  readonly Size: number;
}

/** Engines before 1.43 list an untagged image with this placeholder. */
const NO_TAG = "<none>:<none>";

function imageInfo(image: RawImage): ImageInfo {
  const tags = (image.RepoTags ?? []).filter((tag) => tag !== NO_TAG);
  return { id: image.Id, tags, labels: image.Labels ?? {}, sizeBytes: image.Size };
}

async function inspect(docker: Docker, reference: string): Promise<ImageDetails | undefined> {
  try {
    const image = await docker.getImage(reference).inspect();
    const info = imageInfo({ ...image, Labels: image.Config?.Labels ?? null });
    return { ...info, diffIds: image.RootFS.Layers ?? [] };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw engineError(error, `inspect image ${reference}`);
  }
}

/** By id and without force the engine itself refuses what is used, but it would take away a single tag: looked at first. */
async function removeUnused(docker: Docker, id: string): Promise<boolean> {
  const found = await inspect(docker, id);
  if (found === undefined) return true;
  if (found.tags.length > 0) return false;
  try {
    await docker.getImage(id).remove();
    return true;
  } catch (error) {
    if (isMissing(error)) return true;
    if (isInUse(error)) return false;
    throw engineError(error, `remove image ${id}`);
  }
}

/** @param docker - the connected client */
export function imagePort(docker: Docker): ImagePort {
  return {
    build: (request) => build(docker, request),
    inspect: (reference) => inspect(docker, reference),
    load: (archive, signal) => load(docker, archive, signal),
    importRootfs: (rootfs, reference, labels) => importRootfs(docker, rootfs, reference, labels),
    pull: (reference, show) => pull(docker, reference, show),
    tag: (reference, repo, tag) => asked(`tag ${reference}`, () => docker.getImage(reference).tag({ repo, tag })),
    remove: (reference) => settled(`remove image ${reference}`, () => docker.getImage(reference).remove()),
    removeUnused: (id) => removeUnused(docker, id),
    list: async (labels) => {
      const images = await asked("list images", () => docker.listImages({ filters: labelFilter(labels) }));
      return images.map(imageInfo);
    },
  };
}
