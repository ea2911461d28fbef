import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { inject } from "vitest";

const execute = promisify(execFile);

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where the tool runs, if not here. */
export interface Place {
  readonly env?: Readonly<Record<string, string>>;
  /** A command line that the tool's is appended to; it must not fork, or signals end something else. */
  readonly through?: readonly string[];
}

/** The packed tool, installed as a user installs it, with a working folder of its own. */
export interface InstalledTool {
  readonly folder: string;
  /** Runs `majek-lab ...args` to its end. */
  run(args: readonly string[], place?: Place): Promise<Outcome>;
  /** Starts it, so that a test can send signals. `matched` resolves when stderr or stdout has matched. */
  start(args: readonly string[], place?: Place): Running;
  /** Ends what a failed test left running, and removes the folder. */
  remove(): Promise<void>;
}

export interface Running {
  readonly ended: Promise<Outcome>;
  kill(signal: NodeJS.Signals): void;
  matched(pattern: RegExp): Promise<void>;
  /** Its stderr so far. */
  said(): string;
}

function startProcess(folder: string, args: readonly string[], { env = {}, through = [] }: Place): Running {
  const [program = "", ...rest] = [...through, join(folder, "node_modules/.bin/majek-lab"), ...args];
  const child = spawn(program, rest, {
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
  return { ended, matched, said: () => stderr, kill: (signal) => void child.kill(signal) };
}

/** The tool that was packed and installed before the tests (install.ts), with a working folder of its own. */
export async function installTool(): Promise<InstalledTool> {
  const folder = await mkdtemp(join(tmpdir(), "majek-lab-e2e-"));
  await symlink(join(inject("installation"), "node_modules"), join(folder, "node_modules"));
  const all: Running[] = [];
  const start = (args: readonly string[], place: Place = {}): Running => {
    const running = startProcess(folder, args, place);
    all.push(running);
    return running;
  };
  return {
    folder,
    run: (args, place) => start(args, place).ended,
    start,
    remove: async () => {
      for (const running of all) running.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const LABEL = "org.majek-lab.lab";

/** Everything of a lab on the engine, by the docker command line: independent of our own code. */
export async function labelled(lab: string): Promise<readonly string[]> {
  const list = async (args: readonly string[]): Promise<string[]> =>
    (await execute("docker", [...args])).stdout.split("\n").filter(Boolean);
  const filter = ["--filter", `label=${LABEL}=${lab}`];
  return (
    await Promise.all([
      list(["ps", "-a", ...filter, "--format", "container {{.Names}}"]),
      list(["network", "ls", ...filter, "--format", "network {{.Name}}"]),
      list(["volume", "ls", ...filter, "--format", "volume {{.Name}}"]),
    ])
  ).flat();
}
