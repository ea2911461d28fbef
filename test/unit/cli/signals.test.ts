import { spawn } from "node:child_process";
import { mkdtemp, open as openFile, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { listenForSignals, type ProcessInterrupts } from "../../../src/cli/signals.js";

const ROOT = resolve(import.meta.dirname, "../../..");
const MAIN = ["--import", resolve(ROOT, "test/helpers/typescript-loader.mjs"), resolve(ROOT, "src/cli/main.ts")];
const TERMINAL = resolve(ROOT, "test/helpers/terminal.py");

let open: ProcessInterrupts | undefined;
afterEach(() => open?.close());

/** Listens as the tool does; signals are given to this process's listeners, and the end is only noted. */
function listen(hasTerminal = true): { readonly interrupts: ProcessInterrupts; readonly quits: number[] } {
  const quits: number[] = [];
  open = listenForSignals({ hasTerminal, quit: (code) => void quits.push(code) });
  return { interrupts: open, quits };
}

const give = (name: NodeJS.Signals): void => void process.emit(name, name);

describe("signals", () => {
  it.each([
    ["SIGHUP", "hungup", 129],
    ["SIGINT", "interrupted", 130],
    ["SIGTERM", "terminated", 143],
  ] as const)("%s asks for an orderly end (%s); the next one is the end, with %i", (name, code, exitCode) => {
    const { interrupts, quits } = listen();
    give(name);
    expect([interrupts.signal.reason, quits]).toEqual([expect.objectContaining({ code }), []]);
    give(name);
    expect(quits).toEqual([exitCode]);
  });

  it("run the action of the second one, and end the process at the third", async () => {
    const { interrupts, quits } = listen();
    let runs = 0;
    interrupts.onSecond(async () => {
      runs += 1;
    });
    give("SIGINT");
    expect(runs).toBe(0);
    give("SIGINT");
    await interrupts.settled();
    expect([runs, quits]).toEqual([1, []]);
    give("SIGTERM");
    expect([runs, quits]).toEqual([1, [143]]);
  });

  it("of a terminal mean nothing to what has none, as under nohup", () => {
    const { interrupts } = listen(false);
    give("SIGHUP");
    expect(interrupts.signal.aborted).toBe(false);
    give("SIGTERM");
    expect(interrupts.signal.aborted).toBe(true);
  });
});

describe("a command that waits for a stuck engine", () => {
  let folder = "";
  let server: Server;
  let asked = (): void => undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "majek-lab-signals-"));
    server = createServer(() => asked());
    await new Promise<void>((done) => server.listen(join(folder, "engine.sock"), done));
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  /** Starts it, and waits until it has asked the engine, which never answers. */
  async function waiting(verb: string, ...before: readonly string[]) {
    const question = new Promise<void>((done) => {
      asked = done;
    });
    const [program = "", ...args] = [...before, process.execPath, ...MAIN, ...verb.split(" ")];
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...process.env, DOCKER_HOST: `unix://${join(folder, "engine.sock")}` },
    });
    const said = text(child.stderr);
    const ended = new Promise<number | null>((done) => child.on("close", done));
    await question;
    return { child, said, ended };
  }

  it.each([
    ["status", "SIGINT", 130],
    ["doctor", "SIGTERM", 143],
    ["down x", "SIGINT", 130],
    ["logs x", "SIGINT", 130],
    ["exec x -- true", "SIGTERM", 143],
    ["build minimal", "SIGINT", 130],
  ] as const)("%s ends at the first %s with %i", async (verb, name, code) => {
    const { child, said, ended } = await waiting(verb.replace("minimal", "./test/fixtures/labs/minimal"));
    child.kill(name);
    expect([await ended, await said]).toEqual([code, expect.stringMatching(/^majek-lab: \w+\n$/)]);
  });

  it("survives the end of a terminal that it does not use", async () => {
    const { child, said, ended } = await waiting("status", "nohup");
    child.kill("SIGHUP");
    child.kill("SIGTERM");
    expect([await ended, await said]).toEqual([143, expect.stringContaining("majek-lab: terminated")]);
  });

  it("ends when the terminal that it uses is closed", async () => {
    const file = join(folder, "code");
    // The kernel tells the first process of the session; when that is gone, those in front.
    const shell = ["sh", "-c", `(trap "" HUP; "$@"; echo $? >${file}); :`, "sh"];
    const { child, ended } = await waiting("status", "python3", TERMINAL, "80x24", ...shell);
    child.kill("SIGKILL");
    await ended;
    await expect.poll(() => readFile(file, "utf8").catch(() => ""), { timeout: 10_000 }).toBe("129\n");
  });
});

describe("output that nobody reads", () => {
  /** Runs a command whose stdout or stderr is closed before it writes. */
  async function unread(
    which: "stdout" | "stderr",
    args: readonly string[],
  ): Promise<readonly [number | null, string]> {
    const child = spawn(process.execPath, [...MAIN, ...args], { cwd: ROOT });
    child[which].destroy();
    const other = text(which === "stdout" ? child.stderr : child.stdout);
    const code = await new Promise<number | null>((done) => child.on("close", done));
    return [code, await other];
  }

  it("ends the command quietly, with the exit code of SIGPIPE", async () => {
    expect(await unread("stdout", ["schema"])).toEqual([141, ""]);
  });

  it("ends the command with a sentence where it cannot be written", async () => {
    const full = await openFile("/dev/full", "w");
    const child = spawn(process.execPath, [...MAIN, "schema"], { cwd: ROOT, stdio: ["ignore", full.fd, "pipe"] });
    const ended = new Promise<number | null>((done) => child.on("close", done));
    const said = await text(child.stderr as NodeJS.ReadableStream);
    await full.close();
    expect([await ended, said]).toEqual([
      1,
      expect.stringMatching(/^majek-lab: the output cannot be written: ENOSPC.*\n {2}next: /),
    ]);
  });

  it("changes nothing where it is that of stderr", async () => {
    expect(await unread("stderr", ["validate", "nowhere"])).toEqual([2, ""]);
  });
});
