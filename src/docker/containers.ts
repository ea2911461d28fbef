import { PassThrough, type Readable } from "node:stream";
import type Docker from "dockerode";
import { createOptions } from "./container-options.js";
import { asked, engineError, isAlready, isMissing, settled } from "./errors.js";
import { exec, openExec } from "./exec.js";
import { freezePatiently } from "./freeze.js";
import { labelFilter } from "./labels.js";
import { attach, logs } from "./streams.js";
import type { Container, ContainerPort, ContainerState } from "./types.js";

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
    imageId: found.Image,
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

async function environmentOf(docker: Docker, id: string): Promise<Record<string, string>> {
  try {
    const { Config } = await docker.getContainer(id).inspect();
    return Object.fromEntries(Config.Env.map((line) => [line.split("=")[0] ?? "", line.slice(line.indexOf("=") + 1)]));
  } catch (error) {
    if (isMissing(error)) return {};
    throw engineError(error, `inspect container ${id.slice(0, 12)}`);
  }
}

/** A container that runs already is fine; one that is gone is not. */
async function started(raw: Docker.Container, what: string): Promise<void> {
  try {
    await raw.start();
  } catch (error) {
    if (!isAlready(error)) throw engineError(error, what);
  }
}

/** A connection that breaks in the middle fails the stream with a LabError, like everything else here. */
async function getArchive(raw: Docker.Container, path: string, what: string): Promise<Readable> {
  const source = (await asked(what, () => raw.getArchive({ path }))) as Readable;
  const archive = new PassThrough();
  source.on("error", (error) => archive.destroy(engineError(error, what)));
  archive.on("close", () => source.destroy());
  return source.pipe(archive);
}

function container(docker: Docker, id: string): Container {
  const raw = docker.getContainer(id);
  const name = `container ${id.slice(0, 12)}`;
  return {
    id,
    start: () => started(raw, `start ${name}`),
    kill: (signal) => settled(`kill ${name}`, () => raw.kill({ signal })),
    remove: () => settled(`remove ${name}`, () => raw.remove({ force: true, v: true })),
    wait: async (signal) => {
      const options = signal === undefined ? {} : { abortSignal: signal };
      return ((await asked(`wait for ${name}`, () => raw.wait(options))) as { StatusCode: number }).StatusCode;
    },
    inspect: () => inspect(docker, id),
    environment: () => environmentOf(docker, id),
    pause: () => asked(`pause ${name}`, () => freezePatiently(() => raw.pause())),
    unpause: () => settled(`unpause ${name}`, () => raw.unpause()),
    putArchive: async (path, tar) => {
      await asked(`copy into ${name}`, () => raw.putArchive(tar, { path }));
    },
    getArchive: (path) => getArchive(raw, path, `copy ${path} out of ${name}`),
    exec: (request) => exec(docker, id, request),
    openExec: (request) => openExec(docker, id, request),
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
