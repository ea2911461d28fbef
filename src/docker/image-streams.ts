import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { LabError } from "../model/errors.js";
import { followStream, type StreamOutcome } from "./build-stream.js";
import { engineError } from "./errors.js";
import type { BuildRequest, Labels } from "./types.js";

interface Transfer {
  readonly what: string;
  /** What is sent; let go of in any case, so that no file stays open. */
  readonly content?: Readable;
  readonly signal?: AbortSignal | undefined;
  readonly show?: ((line: string) => void) | undefined;
}

/** Sends, then reads the engine's answer to its end. What failed first is what is reported. */
async function transfer(
  { what, content, signal, show }: Transfer,
  open: () => Promise<NodeJS.ReadableStream>,
): Promise<StreamOutcome> {
  let unreadable: Error | undefined;
  content?.on("error", (error: Error) => {
    unreadable = error;
  });
  let answer: NodeJS.ReadableStream | undefined;
  try {
    answer = await open();
    return await followStream(answer as AsyncIterable<Buffer>, what, show);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw engineError(unreadable ?? error, what);
  } finally {
    (answer as Readable | undefined)?.destroy();
    content?.destroy();
  }
}

/** Builds with the classic builder: the same on every engine, and nothing is fetched from anywhere. */
export async function build(docker: Docker, request: BuildRequest): Promise<string> {
  const { context, signal, tag } = request;
  const what = tag === undefined ? "build" : `build ${tag}`;
  const { id, tail } = await transfer({ what, content: context, signal, show: request.onOutput }, () =>
    docker.buildImage(context, {
      networkmode: "none",
      rm: true,
      forcerm: true,
      labels: { ...request.labels },
      ...(tag === undefined ? {} : { t: tag }),
      ...(signal === undefined ? {} : { abortSignal: signal }),
    }),
  );
  if (id === undefined) {
    throw new LabError("build", `${what}: the engine's answer ended without an image`, {
      details: tail,
      next: "majek-lab doctor",
    });
  }
  return id;
}

/** Loads an image archive. */
export async function load(docker: Docker, archive: Readable, signal?: AbortSignal): Promise<void> {
  const options = { quiet: true, ...(signal === undefined ? {} : { abortSignal: signal }) };
  await transfer({ what: "load image", content: archive, signal }, () => docker.loadImage(archive, options));
}

/** Makes an image of one layer from a root file system. */
export async function importRootfs(docker: Docker, rootfs: Readable, reference: string, labels: Labels): Promise<void> {
  const colon = reference.lastIndexOf(":");
  const options = {
    repo: reference.slice(0, colon),
    tag: reference.slice(colon + 1),
    changes: Object.entries(labels).map(([key, value]) => `LABEL ${key}=${JSON.stringify(value)}`),
  };
  await transfer({ what: `import ${reference}`, content: rootfs }, () => docker.importImage(rootfs, options));
}

/** Pulls an image by digest; the one thing here that may use a network. */
export async function pull(docker: Docker, reference: string, show?: (line: string) => void): Promise<void> {
  if (!reference.includes("@sha256:")) {
    throw new LabError("usage", `only a digest-pinned image is pulled, not ${reference}`, {
      next: "append @sha256:<digest>",
    });
  }
  await transfer({ what: `pull ${reference}`, show }, () => docker.pull(reference));
}
