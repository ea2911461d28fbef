import { PassThrough, type Readable, type Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type Docker from "dockerode";
import { LabError } from "../model/errors.js";
import { asked } from "./errors.js";
import { demultiplex } from "./multiplex.js";
import type { AttachedStreams, ExecRequest, ExecResult, LogStreams } from "./types.js";

/** Runs a command in a running container and collects what it writes. */
export async function exec(docker: Docker, id: string, request: ExecRequest): Promise<ExecResult> {
  const what = `exec in container ${id.slice(0, 12)}`;
  return asked(what, async () => {
    const created = await docker.getContainer(id).exec({
      Cmd: [...request.command],
      AttachStdout: true,
      AttachStderr: true,
      Env: Object.entries(request.env ?? {}).map(([name, value]) => `${name}=${value}`),
      ...(request.user === undefined ? {} : { User: request.user }),
    });
    const { stdout, stderr } = demultiplex(await created.start({ hijack: true, stdin: false }));
    stdout.on("data", (chunk: Buffer) => request.onOutput?.("stdout", chunk));
    stderr.on("data", (chunk: Buffer) => request.onOutput?.("stderr", chunk));
    const [out, err] = await Promise.all([buffer(stdout), buffer(stderr)]);
    const { ExitCode, Running } = await created.inspect();
    if (Running || ExitCode === null) {
      throw new LabError("engine", `the connection was lost while a command ran (${what})`, {
        where: request.command.join(" "),
        next: "run the command again",
      });
    }
    return { exitCode: ExitCode, stdout: out.toString(), stderr: err.toString() };
  });
}

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
