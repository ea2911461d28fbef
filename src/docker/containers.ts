import { PassThrough, type Readable, type Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type Docker from "dockerode";
import { asked, engineError, isMissing, settled } from "./errors.js";
import { labelFilter } from "./images.js";
import type {
  AttachedStreams,
  Container,
  ContainerPort,
  ContainerSpec,
  ContainerState,
  ExecRequest,
  ExecResult,
} from "./types.js";

/** The default of Docker 29, set everywhere: a fleet must not depend on the engine's, and lowering is always allowed. */
const OPEN_FILES = 1024;

function hostConfig(spec: ContainerSpec): Docker.HostConfig {
  const capabilities = spec.capabilities === undefined ? {} : { CapDrop: ["ALL"], CapAdd: [...spec.capabilities] };
  return {
    ...capabilities,
    NetworkMode: spec.network === "default" ? "bridge" : spec.network,
    ReadonlyRootfs: spec.readOnlyRoot ?? false,
    SecurityOpt: spec.noNewPrivileges ? ["no-new-privileges"] : [],
    Tmpfs: { ...spec.tmpfs },
    // Equal limits: no swap for this container, so pages are resident or they are not.
    ...(spec.memoryBytes === undefined ? {} : { Memory: spec.memoryBytes, MemorySwap: spec.memoryBytes }),
    ...(spec.pidsLimit === undefined ? {} : { PidsLimit: spec.pidsLimit }),
    ...(spec.pidOf === undefined ? {} : { PidMode: `container:${spec.pidOf}` }),
    ...(spec.publish === undefined
      ? {}
      : { PortBindings: { [`${spec.publish}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: "" }] } }),
    Ulimits: [{ Name: "nofile", Soft: OPEN_FILES, Hard: OPEN_FILES }],
    LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "2" } },
  };
}

function createOptions(spec: ContainerSpec): Docker.ContainerCreateOptions {
  return {
    Image: spec.image,
    Labels: { ...spec.labels },
    Env: Object.entries(spec.env ?? {}).map(([name, value]) => `${name}=${value}`),
    ...(spec.name === undefined ? {} : { name: spec.name }),
    ...(spec.command === undefined ? {} : { Cmd: [...spec.command] }),
    ...(spec.entrypoint === undefined ? {} : { Entrypoint: [...spec.entrypoint] }),
    ...(spec.user === undefined ? {} : { User: spec.user }),
    ...(spec.workdir === undefined ? {} : { WorkingDir: spec.workdir }),
    ...(spec.hostname === undefined ? {} : { Hostname: spec.hostname }),
    ...(spec.publish === undefined ? {} : { ExposedPorts: { [`${spec.publish}/tcp`]: {} } }),
    OpenStdin: spec.stdin ?? false,
    StdinOnce: spec.stdin ?? false,
    AttachStdin: spec.stdin ?? false,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: hostConfig(spec),
  };
}

/** Both output streams of a multiplexed one; they end with it. */
function demultiplex(docker: Docker, source: NodeJS.ReadableStream): { stdout: PassThrough; stderr: PassThrough } {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(source, stdout, stderr);
  const finish = (): void => {
    stdout.end();
    stderr.end();
  };
  source.on("end", finish).on("close", finish).on("error", finish);
  return { stdout, stderr };
}

function firstPort(ports: Readonly<Record<string, readonly { HostPort: string }[] | null>> | undefined): number | null {
  const bound = Object.values(ports ?? {}).find((bindings) => bindings && bindings.length > 0);
  return bound?.[0] === undefined ? null : Number(bound[0].HostPort);
}

function stateOf(found: Docker.ContainerInspectInfo): ContainerState {
  const { State: state } = found;
  return {
    id: found.Id,
    name: found.Name.replace(/^\//, ""),
    image: found.Config.Image,
    labels: found.Config.Labels ?? {},
    status: state.Status as ContainerState["status"],
    exitCode: state.Running ? null : state.ExitCode,
    outOfMemory: state.OOMKilled,
    port: state.Running ? firstPort(found.NetworkSettings?.Ports) : null,
    createdAt: Math.floor(Date.parse(found.Created) / 1000),
  };
}

async function inspect(docker: Docker, id: string): Promise<ContainerState | undefined> {
  try {
    return stateOf(await docker.getContainer(id).inspect());
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw engineError(error, `inspect container ${id.slice(0, 12)}`);
  }
}

async function exec(docker: Docker, id: string, request: ExecRequest): Promise<ExecResult> {
  const what = `exec in container ${id.slice(0, 12)}`;
  return asked(what, async () => {
    const created = await docker.getContainer(id).exec({
      Cmd: [...request.command],
      AttachStdout: true,
      AttachStderr: true,
      Env: Object.entries(request.env ?? {}).map(([name, value]) => `${name}=${value}`),
      ...(request.user === undefined ? {} : { User: request.user }),
    });
    const { stdout, stderr } = demultiplex(docker, await created.start({ hijack: true, stdin: false }));
    stdout.on("data", (chunk: Buffer) => request.onOutput?.("stdout", chunk));
    stderr.on("data", (chunk: Buffer) => request.onOutput?.("stderr", chunk));
    const [out, err] = await Promise.all([buffer(stdout), buffer(stderr)]);
    const { ExitCode } = await created.inspect();
    return { exitCode: ExitCode ?? 1, stdout: out.toString(), stderr: err.toString() };
  });
}

async function attach(docker: Docker, id: string): Promise<AttachedStreams> {
  const stream = await asked(`attach to container ${id.slice(0, 12)}`, () =>
    docker.getContainer(id).attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true }),
  );
  const { stdout, stderr } = demultiplex(docker, stream);
  return {
    stdin: stream as unknown as Writable,
    stdout,
    stderr,
    close: () => void (stream as unknown as Readable).destroy(),
  };
}

async function logs(docker: Docker, id: string, options: { follow: boolean; tail?: number }) {
  const what = `logs of container ${id.slice(0, 12)}`;
  const common = { stdout: true, stderr: true, ...(options.tail === undefined ? {} : { tail: options.tail }) };
  const source = await asked(what, async () => {
    const container = docker.getContainer(id);
    if (options.follow) return container.logs({ ...common, follow: true });
    const dumped = new PassThrough();
    dumped.end(await container.logs({ ...common, follow: false }));
    return dumped;
  });
  return { ...demultiplex(docker, source), close: () => void (source as Readable).destroy() };
}

function container(docker: Docker, id: string): Container {
  const raw = docker.getContainer(id);
  const name = `container ${id.slice(0, 12)}`;
  return {
    id,
    start: () => asked(`start ${name}`, () => raw.start()),
    stop: (graceSeconds) => settled(`stop ${name}`, () => raw.stop({ t: graceSeconds })),
    kill: (signal) => settled(`kill ${name}`, () => raw.kill({ signal })),
    remove: () => settled(`remove ${name}`, () => raw.remove({ force: true, v: true })),
    wait: async () => ((await asked(`wait for ${name}`, () => raw.wait())) as { StatusCode: number }).StatusCode,
    inspect: () => inspect(docker, id),
    pause: () => asked(`pause ${name}`, () => raw.pause()),
    unpause: () => settled(`unpause ${name}`, () => raw.unpause()),
    putArchive: async (path, tar) => {
      await asked(`copy into ${name}`, () => raw.putArchive(tar, { path }));
    },
    getArchive: async (path) =>
      (await asked(`copy ${path} out of ${name}`, () => raw.getArchive({ path }))) as Readable,
    exec: (request) => exec(docker, id, request),
    attach: () => attach(docker, id),
    logs: (options) => logs(docker, id, options),
  };
}

/** @param docker - the connected client */
export function containerPort(docker: Docker): ContainerPort {
  return {
    create: async (spec) => {
      const created = await asked(`create container of ${spec.image}`, () =>
        docker.createContainer(createOptions(spec)),
      );
      return container(docker, created.id);
    },
    get: (id) => container(docker, id),
    list: async (labels) => {
      const found = await asked("list containers", () =>
        docker.listContainers({ all: true, filters: labelFilter(labels) }),
      );
      const states = await Promise.all(found.map(({ Id }) => inspect(docker, Id)));
      return states.filter((state) => state !== undefined);
    },
  };
}
