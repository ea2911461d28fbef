import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { LabError } from "../model/errors.js";
import { followStream } from "./build-stream.js";
import { asked, engineError, isMissing, settled } from "./errors.js";
import type { BuildRequest, ImageInfo, ImagePort, Labels } from "./types.js";

/** `label=key=value` filters, as the API wants them. */
export function labelFilter(labels: Labels): { label: string[] } {
  return { label: Object.entries(labels).map(([key, value]) => (value === "" ? key : `${key}=${value}`)) };
}

/** A stream that the caller stops reading must not keep its source open. */
async function followed(stream: NodeJS.ReadableStream, what: string, show?: (line: string) => void) {
  try {
    return await followStream(stream as AsyncIterable<Buffer>, what, show);
  } catch (error) {
    throw engineError(error, what);
  } finally {
    (stream as Readable).destroy();
  }
}

async function build(docker: Docker, request: BuildRequest): Promise<string> {
  const what = request.tag === undefined ? "build" : `build ${request.tag}`;
  const stream = await asked(what, () =>
    docker.buildImage(request.context, {
      // The classic builder: the same on every engine, and nothing is fetched from anywhere.
      networkmode: "none",
      rm: true,
      forcerm: true,
      nocache: request.noCache ?? false,
      labels: { ...request.labels },
      buildargs: { ...request.buildArgs },
      ...(request.target === undefined ? {} : { target: request.target }),
      ...(request.tag === undefined ? {} : { t: request.tag }),
      ...(request.signal === undefined ? {} : { abortSignal: request.signal }),
    }),
  ).catch((error: unknown) => {
    throw request.signal?.aborted ? request.signal.reason : error;
  });
  try {
    const { id, tail } = await followed(stream, what, request.onOutput);
    if (id === undefined)
      throw new LabError("build", `${what}: the engine's answer ended without an image`, { details: tail });
    return id;
  } catch (error) {
    throw request.signal?.aborted ? request.signal.reason : error;
  }
}

interface RawImage {
  readonly Id: string;
  readonly RepoTags?: readonly string[] | null | undefined;
  readonly Labels?: Labels | null | undefined;
  readonly Size: number;
}

function imageInfo(image: RawImage): ImageInfo {
  return { id: image.Id, tags: image.RepoTags ?? [], labels: image.Labels ?? {}, sizeBytes: image.Size };
}

async function inspect(docker: Docker, reference: string): Promise<ImageInfo | undefined> {
  try {
    const image = await docker.getImage(reference).inspect();
    return imageInfo({ ...image, Labels: image.Config?.Labels ?? null });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw engineError(error, `inspect image ${reference}`);
  }
}

async function load(docker: Docker, archive: Readable): Promise<void> {
  const stream = await asked("load image", () => docker.loadImage(archive, { quiet: true }));
  await followed(stream, "load image");
}

async function importRootfs(docker: Docker, rootfs: Readable, reference: string, labels: Labels): Promise<void> {
  const [repo, tag] = [reference.slice(0, reference.lastIndexOf(":")), reference.slice(reference.lastIndexOf(":") + 1)];
  const changes = Object.entries(labels).map(([key, value]) => `LABEL ${key}=${JSON.stringify(value)}`);
  const what = `import ${reference}`;
  // dockerode's types know neither tag nor changes.
  const options = { repo, tag, changes } as unknown as Parameters<Docker["importImage"]>[1];
  const stream = await asked(what, () => docker.importImage(rootfs, options ?? {}));
  await followed(stream as unknown as NodeJS.ReadableStream, what);
}

async function pull(docker: Docker, reference: string, show?: (line: string) => void): Promise<void> {
  if (!reference.includes("@sha256:")) {
    throw new LabError("usage", `only a digest-pinned image is pulled, not ${reference}`, {
      next: "append @sha256:<digest>",
    });
  }
  const what = `pull ${reference}`;
  const stream = await asked(what, () => docker.pull(reference));
  await followed(stream, what, show);
}

/** @param docker - the connected client */
export function imagePort(docker: Docker): ImagePort {
  return {
    build: (request) => build(docker, request),
    inspect: (reference) => inspect(docker, reference),
    load: (archive) => load(docker, archive),
    importRootfs: (rootfs, reference, labels) => importRootfs(docker, rootfs, reference, labels),
    pull: (reference, show) => pull(docker, reference, show),
    tag: (reference, repo, tag) => asked(`tag ${reference}`, () => docker.getImage(reference).tag({ repo, tag })),
    remove: (reference) =>
      settled(`remove image ${reference}`, () => docker.getImage(reference).remove({ force: true })),
    list: async (labels) => {
      const images = await asked("list images", () => docker.listImages({ filters: labelFilter(labels) }));
      return images.map((image) => imageInfo(image));
    },
  };
}
