import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Place } from "./tool.js";

const execute = promisify(execFile);

/** A container engine of a test's own, which may be killed, filled and cut off without anybody noticing. */
export interface PrivateEngine {
  /** Where the tool must run to use it: ports are published in the engine's own network. */
  readonly place: Place;
  /** The docker command line on this engine. */
  docker(...args: readonly string[]): Promise<string>;
  /** A command among the engine's own processes, with its mounts and its network. */
  inside(...command: readonly string[]): Promise<string>;
  /** The command line for that, for programs that stay. */
  readonly insideOf: readonly string[];
  /** SIGKILL of the daemon and nothing else. */
  kill(): Promise<void>;
  /** Starts the daemon again, after {@link kill}. */
  start(): Promise<void>;
  /** Leaves so many bytes of the engine's disk; {@link freeDisk} gives back the rest. */
  fillDisk(leave: number): Promise<void>;
  freeDisk(): Promise<void>;
  /**
   * Mounts a small disk of so many bytes, which is memory.
   * @returns its folder, a path by which everybody reaches it although it is mounted for the engine's processes only
   */
  smallDisk(bytes: number): Promise<string>;
  /** Everything that an engine without fleets and builds does not have. */
  leftovers(): Promise<readonly string[]>;
  /** Ends every process, mount and interface of it. */
  close(): Promise<void>;
}

export interface PrivateEngineOptions {
  /** The size of its disk, which is memory, as mount(8) takes it. */
  readonly disk?: string;
}

/**
 * The first process of the engine's namespaces. When it ends, the kernel ends all others, and with the last one mounts and
 * network are gone. It ends with its input, so a test that is killed leaves nothing either.
 * Arguments: the folder and the size of the engine's disk.
 */
const INIT = `
set -eu
ip link set lo up
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o "size=$2" tmpfs "$1"
echo ready
read -r _
`;

const NEEDED = ["unshare", "nsenter", "ip", "mount", "dockerd"] as const;

/** These tests fail where they cannot run: what is skipped counts as tested sooner or later. */
function checkRequirements(): void {
  if (process.getuid?.() !== 0) throw new Error("the tests with an engine of their own need root: sudo make test");
  const folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
  const missing = NEEDED.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  if (missing.length === 0) return;
  throw new Error(
    `the tests with an engine of their own need ${missing.join(", ")}: install iproute2, util-linux and Docker Engine`,
  );
}

/** Whether the engine behind a socket answers. */
export function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: "/_ping", timeout: 2000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    ping.on("timeout", () => ping.destroy()).on("error", () => resolve(false));
    ping.end();
  });
}

/** Groups of processes that are gone; the kernel keeps the empty folders. */
async function removeControlGroups(name: string): Promise<void> {
  const removeTree = async (folder: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      if (entry.isDirectory()) await removeTree(join(folder, entry.name));
    }
    await rmdir(folder).catch(() => undefined);
  };
  const root = "/sys/fs/cgroup";
  await removeTree(join(root, name));
  for (const controller of await readdir(root)) await removeTree(join(root, controller, name));
}

class NamespacedEngine implements PrivateEngine {
  readonly #name: string;
  readonly #folder: string;
  readonly #init: ChildProcess;
  #daemon: ChildProcess | undefined;

  constructor(folder: string, name: string, init: ChildProcess) {
    this.#folder = folder;
    this.#name = name;
    this.#init = init;
  }

  get #socket(): string {
    return join(this.#folder, "docker.sock");
  }

  get #host(): string {
    return `unix://${this.#socket}`;
  }

  get #log(): string {
    return join(this.#folder, "dockerd.log");
  }

  get insideOf(): readonly string[] {
    const of = `/proc/${this.#init.pid}/ns`;
    return ["nsenter", `--net=${of}/net`, `--mount=${of}/mnt`, `--pid=${of}/pid_for_children`, "--"];
  }

  get place(): Place {
    return { env: { DOCKER_HOST: this.#host }, through: ["nsenter", `--net=/proc/${this.#init.pid}/ns/net`, "--"] };
  }

  async docker(...args: readonly string[]): Promise<string> {
    return (await execute("docker", ["--host", this.#host, ...args])).stdout;
  }

  async inside(...command: readonly string[]): Promise<string> {
    const [program = "", ...args] = [...this.insideOf, ...command];
    return (await execute(program, args)).stdout;
  }

  async start(): Promise<void> {
    // The file of a daemon that was killed would keep a new one from starting.
    await this.inside("rm", "-f", "/run/docker.pid");
    const log = await open(this.#log, "a");
    const [program = "", ...args] = [
      ...this.insideOf,
      "dockerd",
      ...["--host", this.#host, "--data-root", join(this.#folder, "disk")],
      ...["--config-file", join(this.#folder, "daemon.json"), "--exec-opt", "native.cgroupdriver=cgroupfs"],
      ...["--cgroup-parent", `/${this.#name}`],
    ];
    const daemon = spawn(program, args, { stdio: ["ignore", log.fd, log.fd] });
    this.#daemon = daemon;
    await log.close();
    while (!(await answers(this.#socket))) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) {
        throw new Error(`the private engine did not start:\n${(await readFile(this.#log, "utf8")).slice(-3000)}`);
      }
      await sleep(50);
    }
  }

  async kill(): Promise<void> {
    const daemon = this.#daemon;
    if (daemon === undefined) throw new Error("the private engine does not run");
    const ended = once(daemon, "exit");
    await this.inside("sh", "-c", "kill -KILL $(cat /run/docker.pid)");
    await ended;
  }

  async fillDisk(leave: number): Promise<void> {
    const disk = join(this.#folder, "disk");
    const script = `free=$(df --output=avail -B1 "$1" | tail -n 1); fallocate -l $((free - $2)) "$1/filler"`;
    await this.inside("sh", "-c", script, "sh", disk, String(leave));
  }

  async freeDisk(): Promise<void> {
    await this.inside("rm", "-f", join(this.#folder, "disk", "filler"));
  }

  async smallDisk(bytes: number): Promise<string> {
    const folder = await mkdtemp(join(this.#folder, "small-"));
    await this.inside("mount", "-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder);
    return `/proc/${this.#init.pid}/root${folder}`;
  }

  async leftovers(): Promise<readonly string[]> {
    const list = async (what: string, ...args: readonly string[]): Promise<string[]> =>
      (await this.docker(...args)).split("\n").flatMap((line) => (line === "" ? [] : [`${what} ${line}`]));
    const found = await Promise.all([
      list("container", "ps", "-a", "--format", "{{.Names}} {{.Status}}"),
      list("network", "network", "ls", "--filter", "type=custom", "--format", "{{.Name}}"),
      list("volume", "volume", "ls", "--format", "{{.Name}}"),
      list("image", "images", "-a", "--filter", "dangling=true", "--format", "{{.ID}}"),
      list("image", "images", "-a", "--filter", "label=org.majek-lab.temporary", "--format", "{{.ID}}"),
    ]);
    return found.flat();
  }

  async close(): Promise<void> {
    const ended = this.#init.exitCode === null && this.#init.signalCode === null ? once(this.#init, "exit") : undefined;
    this.#init.stdin?.end();
    await ended;
    await removeControlGroups(this.#name);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function startNamespaces(folder: string, options: PrivateEngineOptions): Promise<ChildProcess> {
  const init = spawn(
    "unshare",
    [
      ...["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"],
      ...["bash", "-c", INIT, "bash", join(folder, "disk"), options.disk ?? "3g"],
    ],
    { stdio: ["pipe", "pipe", "pipe"] },
  );
  let said = "";
  init.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ready = once(init.stdout as NodeJS.ReadableStream, "data").then(() => true);
  if (await Promise.race([ready, once(init, "exit").then(() => false)])) return init;
  throw new Error(`this machine gives no namespaces for a private engine: ${said.trim()}`);
}

/**
 * Starts a second engine in network, mount and process namespaces of its own, on a disk of its own. It shares nothing
 * with the machine's engine, neither firewall nor bridge nor files. Always {@link PrivateEngine.close} it.
 * @throws Error saying what is missing where there is no root or a program is not installed
 */
export async function startPrivateEngine(options: PrivateEngineOptions = {}): Promise<PrivateEngine> {
  checkRequirements();
  const folder = await mkdtemp(join(tmpdir(), "majek-lab-engine-"));
  await mkdir(join(folder, "disk"));
  await writeFile(join(folder, "daemon.json"), "{}");
  const init = await startNamespaces(folder, options);
  const engine = new NamespacedEngine(folder, `majek-lab-test-${randomBytes(4).toString("hex")}`, init);
  try {
    await engine.start();
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}
