import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { answers } from "../e2e/private-engine.js";
import type { Place } from "../e2e/tool.js";

const execute = promisify(execFile);

/** An engine of a Debian release, started inside a container of the engine that is here. */
export interface EngineKind {
  readonly title: string;
  readonly suite: "bookworm" | "trixie";
  /** Where it keeps images. */
  readonly storage: "/var/lib/docker" | "/var/lib/containers";
  /** Shell, run as the container's first process; ends with `exec` of the engine. */
  readonly script: string;
}

const SOCKET = "/run/engine/engine.sock";
/** Its containers live below one group of their own: the outer engine's are not its to touch. */
const dockerd = `exec dockerd -H unix://${SOCKET} --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent /majek-nested`;

// crun refuses the mixed control groups of some machines, and limits above those of the container cannot be set.
const CONTAINERS_CONF = [
  "[engine]",
  'runtime="runc"',
  'cgroup_manager="cgroupfs"',
  'events_logger="file"',
  "[containers]",
  'default_ulimits=["nofile=1024:1024","nproc=1024:1024"]',
];
const podman = [
  "mkdir -p /etc/containers",
  `printf '%s\\n' ${CONTAINERS_CONF.map((line) => `'${line}'`).join(" ")} > /etc/containers/containers.conf`,
  `exec podman system service --time=0 unix://${SOCKET}`,
].join("\n");

const SNAPSHOTTER = `mkdir -p /etc/docker; echo '{"features":{"containerd-snapshotter":true}}' > /etc/docker/daemon.json`;

/** Every engine that Debian's last two releases have, with each image store that it has. */
export const ENGINES: readonly EngineKind[] = [
  { title: "Docker of Debian 12", suite: "bookworm", storage: "/var/lib/docker", script: dockerd },
  { title: "Docker of Debian 13", suite: "trixie", storage: "/var/lib/docker", script: dockerd },
  {
    title: "Docker of Debian 13, containerd's image store",
    suite: "trixie",
    storage: "/var/lib/docker",
    script: `${SNAPSHOTTER}\n${dockerd}`,
  },
  { title: "Podman of Debian 13", suite: "trixie", storage: "/var/lib/containers", script: podman },
];

const PACKAGES = {
  bookworm: "docker.io,iptables,ca-certificates,runc",
  trixie: "docker.io,podman,iptables,nftables,netavark,aardvark-dns,ca-certificates,runc",
};

/** A root file system with the engines of a release, as an image; made once. */
async function engineImage(suite: EngineKind["suite"]): Promise<string> {
  const tag = `localhost/majek-lab/test-engines:${suite}`;
  if (
    await execute("docker", ["image", "inspect", tag]).then(
      () => true,
      () => false,
    )
  )
    return tag;
  const make = spawn(
    "mmdebstrap",
    [
      "--quiet",
      "--variant=apt",
      `--include=${PACKAGES[suite]}`,
      '--aptopt=APT::Install-Recommends "false"',
      suite,
      "-",
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const load = spawn("docker", ["import", "-", tag], { stdio: ["pipe", "ignore", "inherit"] });
  make.stdout.pipe(load.stdin);
  const codes = await Promise.all([make, load].map((child) => new Promise((done) => child.on("close", done))));
  if (codes.some((code) => code !== 0)) throw new Error(`no image with the engines of ${suite}: ${codes.join(", ")}`);
  return tag;
}

export interface NestedEngine {
  /** Where the tool must run: ports are published in the engine's own network. */
  readonly place: Place;
  /** Removes everything of it. */
  close(): Promise<void>;
}

/** Starts an engine and waits until it answers. */
export async function startEngine(kind: EngineKind): Promise<NestedEngine> {
  const image = await engineImage(kind.suite);
  const folder = await mkdtemp(join(tmpdir(), "majek-engine-"));
  const name = folder.slice(folder.lastIndexOf("/") + 1).toLowerCase();
  const options = [
    ["--name", name, "--hostname", "nested", "--cap-add", "ALL", "--cap-drop", "SYS_RESOURCE"],
    // systempaths: an engine writes the settings of its containers' interfaces.
    ...["seccomp", "apparmor", "systempaths"].map((what) => ["--security-opt", `${what}=unconfined`]),
    ["--cgroupns", "host", "-v", "/sys/fs/cgroup:/sys/fs/cgroup:rw"],
    ["-v", `${name}:${kind.storage}`, "-v", `${folder}:/run/engine`],
  ].flat();
  const close = async (): Promise<void> => {
    await execute("docker", ["rm", "-f", "-v", name]).catch(() => undefined);
    await execute("docker", ["volume", "rm", "-f", name]).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await execute("docker", ["run", "-d", ...options, image, "sh", "-euc", kind.script]);
    const socket = join(folder, "engine.sock");
    for (let attempt = 0; !(await answers(socket)); attempt += 1) {
      if (attempt === 100)
        throw new Error(`no answer:\n${(await execute("docker", ["logs", name])).stderr.slice(-2000)}`);
      await sleep(300);
    }
    const { stdout } = await execute("docker", ["inspect", "-f", "{{.State.Pid}}", name]);
    const through = ["nsenter", `--net=/proc/${stdout.trim()}/ns/net`, "--"];
    return { place: { env: { DOCKER_HOST: `unix://${socket}` }, through }, close };
  } catch (error) {
    await close();
    throw error;
  }
}
