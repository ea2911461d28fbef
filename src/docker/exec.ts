import { PassThrough, type Readable, type Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { LabError } from "../model/errors.js";
import { asked } from "./errors.js";
import { demultiplex } from "./multiplex.js";
import type { ExecRequest, ExecResult, OpenExec, OpenExecRequest, TerminalSize } from "./types.js";

/**
 * The engine's own keys for leaving a terminal (Ctrl-P Ctrl-Q) hold back every Ctrl-P, which shells need; and whoever
 * leaves, leaves a command that nobody ends. They cannot be switched off, so they become keys that nobody types.
 */
const DETACH_KEYS = "ctrl-^,ctrl-@,ctrl-^";

/** Milliseconds between two questions for the exit code of a command that has closed its outputs and runs on. */
const PAUSE_MS = 100;

function createOptions(request: OpenExecRequest): Docker.ExecCreateOptions & { readonly ConsoleSize?: number[] } {
  const { command, env = {}, user, stdin = false, terminal } = request;
  return {
    Cmd: [...command],
    AttachStdin: stdin,
    AttachStdout: true,
    AttachStderr: true,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ...(user === undefined ? {} : { User: user }),
    // Engines before API 1.42 pass over the size; whoever opened the terminal sets it again once the command runs.
    ...(terminal && { Tty: true, DetachKeys: DETACH_KEYS, ConsoleSize: [terminal.rows, terminal.columns] }),
  };
}

/** A terminal has one stream without frames. */
function unframed(source: Readable): { readonly stdout: Readable; readonly stderr: Readable } {
  const stdout = new PassThrough();
  // Like a framed one: a connection that is lost ends it, and the exit code says what happened.
  source.on("error", () => stdout.end()).on("close", () => stdout.end());
  source.pipe(stdout);
  return { stdout, stderr: new PassThrough().end() };
}

/** So often a command that seems to run on behind a broken connection is asked for: the engine may lag a little. */
const LOOKS = 10;

/**
 * Waits: a command may close its outputs long before it ends. A connection that breaks off is no loss where the command
 * has ended, since what was still to be written to it then goes nowhere.
 */
async function exitCodeOf(exec: Docker.Exec, isBroken: () => boolean, request: OpenExecRequest): Promise<number> {
  for (let look = 0; ; look += 1) {
    const { ExitCode, Running } = await exec.inspect();
    if (!Running && ExitCode !== null) return ExitCode;
    if (isBroken() && look >= LOOKS) break;
    await sleep(PAUSE_MS);
  }
  throw new LabError("engine", "the connection was lost while a command ran", {
    where: request.command.join(" "),
    next: "run the command again",
  });
}

/** Starts a command in a running container, with its streams open. */
export async function openExec(docker: Docker, id: string, request: OpenExecRequest): Promise<OpenExec> {
  const what = `exec in container ${id.slice(0, 12)}`;
  const { terminal, stdin = false } = request;
  const exec = await asked(what, () => docker.getContainer(id).exec(createOptions(request)));
  const source: Readable & Writable = await asked(what, () =>
    exec.start({ hijack: true, stdin, Tty: terminal !== undefined }),
  );
  let broken = false;
  source.on("error", () => {
    broken = true;
  });
  return {
    stdin: source,
    ...(terminal === undefined ? demultiplex(source) : unframed(source)),
    close: () => void source.destroy(),
    resize: ({ columns, rows }: TerminalSize) => asked(`resize ${what}`, () => exec.resize({ w: columns, h: rows })),
    exitCode: () => asked(what, () => exitCodeOf(exec, () => broken, request)),
  };
}

/** Runs a command in a running container and collects what it writes. */
export async function exec(docker: Docker, id: string, request: ExecRequest): Promise<ExecResult> {
  const { stdout, stderr, exitCode } = await openExec(docker, id, request);
  stdout.on("data", (chunk: Buffer) => request.onOutput?.("stdout", chunk));
  stderr.on("data", (chunk: Buffer) => request.onOutput?.("stderr", chunk));
  const [out, err] = await Promise.all([buffer(stdout), buffer(stderr)]);
  return { exitCode: await exitCode(), stdout: out.toString(), stderr: err.toString() };
}
