import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { connectEngine } from "../../src/docker/connect.js";
import { LABELS } from "../../src/docker/labels.js";
import type { Container, ContainerSpec, Engine, Labels } from "../../src/docker/types.js";
import { ensureSeed } from "../../src/lock/seed.js";
import { type Environment, readEnvironment } from "../../src/system/env.js";
import { packTar, readTar } from "../../src/system/tar.js";

/** Collects a shell, a few programs and perl with their libraries, so that contexts can start from nothing. */
const COLLECT = `
set -eu
programs="/bin/sh /bin/cat /bin/sleep /bin/mkdir /bin/ln /bin/chmod /usr/bin/perl"
libraries=$(ldd $programs | grep -o '/[^ ]*\\.so[^ ]*' | sort -u)
perl=$(ls -d /usr/lib/*/perl-base)
tar -C / -chf /tmp/base.tar $(for file in $programs $libraries $perl; do echo "\${file#/}"; done)
`;

export interface Ground {
  readonly engine: Engine;
  readonly environment: Environment;
  /** On everything that is made here. */
  readonly labels: Labels;
  /** A root file system with sh, cat, sleep, mkdir, ln, chmod and perl. */
  readonly baseTar: Buffer;
  /** That file system as an image. */
  readonly image: string;
  /** Creates a container with our labels; without network unless told. */
  create(spec: Partial<ContainerSpec>): Promise<Container>;
  /** Like {@link create}, started. */
  run(spec: Partial<ContainerSpec>): Promise<Container>;
  /** Names of what is left with our labels. */
  leftovers(): Promise<string[]>;
  clean(): Promise<void>;
}

async function makeBase(engine: Engine, seed: string, labels: Labels): Promise<Buffer> {
  const container = await engine.containers.create({ image: seed, command: ["sleep", "600"], labels, network: "none" });
  try {
    await container.start();
    const { exitCode, stderr } = await container.exec({ command: ["sh", "-c", COLLECT] });
    if (exitCode !== 0) throw new Error(stderr);
    let content: Buffer | undefined;
    await readTar(await container.getArchive("/tmp/base.tar"), async (_header, file) => {
      content = await buffer(file);
    });
    if (content === undefined) throw new Error("no base.tar");
    return content;
  } finally {
    await container.remove();
  }
}

const silent = { update: () => undefined, done: () => undefined, fail: () => undefined };

/** The real engine, an owner of its own and a tiny image. */
export async function prepareGround(): Promise<Ground> {
  const name = `test-${randomBytes(4).toString("hex")}`;
  const environment = { ...readEnvironment(), owner: name };
  const engine = await connectEngine(environment);
  const labels = { [LABELS.owner]: name };
  const progress = { step: () => silent, note: () => undefined, warn: () => undefined };
  const baseTar = await makeBase(engine, await ensureSeed(engine, readEnvironment(), progress), labels);
  const image = `localhost/majek-lab/${name}:base`;
  await engine.images.importRootfs(Readable.from([baseTar]), image, labels);
  const create = (spec: Partial<ContainerSpec>): Promise<Container> =>
    engine.containers.create({ image, network: "none", command: ["sleep", "600"], ...spec, labels });
  return {
    engine,
    environment,
    labels,
    baseTar,
    image,
    create,
    run: async (spec) => {
      const container = await create(spec);
      await container.start();
      return container;
    },
    leftovers: () => leftovers(engine, labels),
    clean: () => clean(engine, labels),
  };
}

async function leftovers(engine: Engine, labels: Labels): Promise<string[]> {
  const containers = await engine.containers.list(labels);
  const images = await engine.images.list(labels);
  const networks = await engine.networks.list(labels);
  return [
    ...containers.map(({ name }) => `container ${name}`),
    ...images.filter(({ tags }) => !tags.some((tag) => tag.endsWith(":base"))).map(({ id }) => `image ${id}`),
    ...networks.map(({ name }) => `network ${name}`),
  ];
}

async function clean(engine: Engine, labels: Labels): Promise<void> {
  for (const { id } of await engine.containers.list(labels)) await engine.containers.get(id).remove();
  for (const { id } of await engine.networks.list(labels)) await engine.networks.remove(id);
  for (const { id } of await engine.images.list(labels)) await engine.images.remove(id);
}

/** A build context. */
export function contextOf(dockerfile: string, files: Readonly<Record<string, Buffer | string>> = {}): Readable {
  return packTar(
    Object.entries({ Dockerfile: dockerfile, ...files }).map(([name, content]) => ({
      type: "file" as const,
      name,
      mode: 0o644,
      content,
    })),
  );
}

export interface MortalEngine {
  readonly engine: Engine;
  /** Cuts all connections and takes no more: what a client sees when the engine is killed. */
  kill(): Promise<void>;
  /** Does so as soon as clients have sent so many bytes more. */
  killAfter(bytes: number): void;
}

/** The same engine behind a socket that can die. */
export async function mortalEngine(ground: Ground): Promise<MortalEngine> {
  const target = ground.engine.info.endpoint.replace("unix://", "");
  const path = join(tmpdir(), `majek-mortal-${randomBytes(4).toString("hex")}.sock`);
  const sockets = new Set<Socket>();
  let bytesLeft = Number.POSITIVE_INFINITY;
  const kill = async (): Promise<void> => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await rm(path, { force: true });
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ path: target, allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    }
    client.on("data", ({ length }: Buffer) => {
      bytesLeft -= length;
      if (bytesLeft < 0) void kill();
    });
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const engine = await connectEngine({ dockerHost: `unix://${path}`, xdgRuntimeDir: undefined });
  return {
    engine,
    kill,
    killAfter: (bytes) => {
      bytesLeft = bytes;
    },
  };
}
