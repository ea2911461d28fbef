import { PassThrough, type Readable, type Writable } from "node:stream";
import type Docker from "dockerode";
import { asked } from "./errors.js";
import { demultiplex } from "./multiplex.js";
import type { AttachedStreams, LogStreams } from "./types.js";

const STREAMS = { stream: true, stdin: true, stdout: true, stderr: true };

/**
 * Opens the connection with an empty body of known length. The library's own call sends its options as the body, or the end
 * of a chunked one, and Podman hands whatever comes to the process as the beginning of its input.
 */
function openConnection(docker: Docker, id: string): Promise<Readable & Writable> {
  const request = {
    path: `/containers/${id}/attach?`,
    method: "POST",
    options: STREAMS,
    file: Buffer.alloc(0),
    isStream: true,
    hijack: true,
    openStdin: true,
    statusCodes: { 200: true, 404: "no such container", 500: "server error" },
  };
  return new Promise((resolve, reject) => {
    docker.modem.dial(request, (error, stream) => (error ? reject(error) : resolve(stream as Readable & Writable)));
  });
}

/** Connects to the standard streams of a container's first process. */
export async function attach(docker: Docker, id: string): Promise<AttachedStreams> {
  const stream = await asked(`attach to container ${id.slice(0, 12)}`, () => openConnection(docker, id));
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
