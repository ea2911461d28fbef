import { PassThrough, type Readable, type Writable } from "node:stream";
import type Docker from "dockerode";
import { asked } from "./errors.js";
import { demultiplex } from "./multiplex.js";
import type { AttachedStreams, LogStreams } from "./types.js";

/** Connects to the standard streams of a container's first process. */
export async function attach(docker: Docker, id: string): Promise<AttachedStreams> {
  const stream = (await asked(`attach to container ${id.slice(0, 12)}`, () =>
    docker.getContainer(id).attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true }),
  )) as Readable & Writable;
  return { stdin: stream, ...demultiplex(stream), close: () => void stream.destroy() };
}

/** The log so far, and what follows where asked for. */
export async function logs(
  docker: Docker,
  id: string,
  options: { readonly follow: boolean; readonly tail?: number },
): Promise<LogStreams> {
  const common = { stdout: true, stderr: true, ...(options.tail === undefined ? {} : { tail: options.tail }) };
  const source = await asked(`logs of container ${id.slice(0, 12)}`, async () => {
    const container = docker.getContainer(id);
    if (options.follow) return (await container.logs({ ...common, follow: true })) as Readable;
    return new PassThrough().end(await container.logs({ ...common, follow: false }));
  });
  return { ...demultiplex(source), close: () => void source.destroy() };
}
