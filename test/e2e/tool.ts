import { execFile, spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const ROOT = resolve(import.meta.dirname, "../..");
const execute = promisify(execFile);

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The packed tool, installed as a user installs it, with a working folder of its own. */
export interface InstalledTool {
  readonly folder: string;
  /** Runs `majek-lab ...args` to its end. */
  run(args: readonly string[], options?: { env?: Record<string, string> }): Promise<Outcome>;
  /** Starts it, so that a test can send signals. `line` resolves when stderr or stdout has matched. */
  start(args: readonly string[]): Running;
  remove(): Promise<void>;
}

export interface Running {
  readonly ended: Promise<Outcome>;
  kill(signal: NodeJS.Signals): void;
  matched(pattern: RegExp): Promise<void>;
}

function startProcess(folder: string, args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(join(folder, "node_modules/.bin/majek-lab"), args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const waiting = new Set<() => void>();
  const grown = (): void => {
    for (const look of waiting) look();
  };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    grown();
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
    grown();
  });
  const ended = new Promise<Outcome>((done, failed) => {
    child.on("error", failed);
    child.on("close", (code, signal) => done({ code, signal, stdout, stderr }));
  });
  const matched = (pattern: RegExp): Promise<void> =>
    new Promise((done, failed) => {
      const look = (): void => {
        if (!pattern.test(stdout) && !pattern.test(stderr)) return;
        waiting.delete(look);
        done();
      };
      waiting.add(look);
      ended.then(({ code }) => failed(new Error(`ended with ${code} before ${pattern}:\n${stderr}`)), failed);
      look();
    });
  return { ended, matched, kill: (signal) => void child.kill(signal) };
}

/** Packs the tool and installs the package into a new folder, far from the checkout. */
export async function installTool(): Promise<InstalledTool> {
  const folder = await mkdtemp(join(tmpdir(), "majek-lab-e2e-"));
  await execute("npm", ["pack", "--pack-destination", folder, "--ignore-scripts"], { cwd: ROOT });
  const archive = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
  if (archive === undefined) throw new Error("npm pack made no archive");
  await execute("npm", ["init", "-y"], { cwd: folder });
  await execute("npm", ["install", "--no-audit", "--no-fund", `./${archive}`], { cwd: folder });
  return {
    folder,
    run: (args, options = {}) => startProcess(folder, args, options.env).ended,
    start: (args) => startProcess(folder, args),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

const LABEL = "org.majek-lab.lab";

/** Everything on the engine that carries our lab label, by the docker command line: independent of our own code. */
export async function labelled(): Promise<readonly string[]> {
  const list = async (args: readonly string[]): Promise<string[]> =>
    (await execute("docker", [...args])).stdout.split("\n").filter(Boolean);
  const filter = ["--filter", `label=${LABEL}`];
  return (
    await Promise.all([
      list(["ps", "-a", ...filter, "--format", "container {{.Names}}"]),
      list(["network", "ls", ...filter, "--format", "network {{.Name}}"]),
      list(["volume", "ls", ...filter, "--format", "volume {{.Name}}"]),
    ])
  ).flat();
}
