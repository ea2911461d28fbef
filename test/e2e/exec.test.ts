import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { rename } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyFlagship } from "./lab.js";
import { type InstalledTool, installTool } from "./tool.js";

const ROOT = resolve(import.meta.dirname, "../..");
const TERMINAL = resolve(ROOT, "test/helpers/terminal.py");
const LAB = "e2e-exec";
let tool: InstalledTool;
let program = "";

/** The tool on a terminal of 91 columns and 33 rows. */
function onTerminal(...args: readonly string[]): Terminal {
  const child = spawn("python3", [TERMINAL, "91x33", program, ...args], { cwd: tool.folder });
  return new Terminal(child);
}

class Terminal {
  #shown = "";
  readonly ended: Promise<number | null>;

  constructor(private readonly child: ChildProcessWithoutNullStreams) {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#shown += text;
    });
    child.stderr.pipe(process.stderr);
    this.ended = new Promise((done, failed) => child.on("error", failed).on("close", done));
  }

  type(text: string): void {
    this.child.stdin.write(text);
  }

  /** Makes the window 132 columns by 43 rows. */
  grow(): void {
    this.child.kill("SIGUSR1");
  }

  get shown(): string {
    return this.#shown;
  }

  /** Waits for a text, and fails when the command ends without it. */
  async shows(wanted: RegExp): Promise<void> {
    let over = false;
    void this.ended.then(() => {
      over = true;
    });
    // What is shown stands in the message of the failure.
    const waiting = () => (over || wanted.test(this.#shown) ? "" : `only: ${this.#shown}`);
    await expect.poll(waiting, { timeout: 60_000, interval: 50 }).toBe("");
    expect(this.#shown).toMatch(wanted);
  }
}

/** What runs in the fleet with this word in its command line. */
async function inFleet(word: string): Promise<string> {
  const look = `import glob
for name in glob.glob("/proc/[0-9]*/cmdline"):
    try: words = open(name, "rb").read().split(b"\\0")
    except OSError: continue
    if ${JSON.stringify(word)}.encode() in words: print(*words)`;
  return (await tool.run(["exec", LAB, "--", "python3", "-c", look])).stdout;
}

const UP = ["up", LAB, "--variant", "preload", "--requests", "20", "--workers", "2", "--detach"];

beforeAll(async () => {
  tool = await installTool();
  program = join(tool.folder, "node_modules/.bin/majek-lab");
  await copyFlagship(tool, LAB);
  await tool.run(["down", LAB]);
  const terminal = onTerminal(...UP);
  expect(await terminal.ended, terminal.shown).toBe(0);
  // The live table moves the cursor and erases; plain lines and a coloured report do not.
  expect(terminal.shown).toContain("preload: starting");
  expect(terminal.shown.split("\u001b").filter((rest) => /^\[[0-9;?]*[A-KSThl]/.test(rest))).toEqual([]);
});

afterAll(async () => {
  await tool.run(["down", LAB]);
  await tool.remove();
});

describe("exec without a terminal", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("ends at %s with %i, and so does the command in the container", async (signal, code) => {
    const word = `/dev/null/${signal}`;
    const script = `import subprocess, sys; print("ready", flush=True); subprocess.run(["sleep", "3000"])`;
    const running = tool.start(["exec", LAB, "--", "python3", "-c", script, word]);
    await running.matched(/ready/);
    expect(await inFleet(word)).toContain(word);
    expect(await inFleet("3000")).toContain("sleep");
    running.kill(signal);
    expect(await running.ended).toMatchObject({ code, stderr: expect.stringContaining("majek-lab: ") });
    expect([await inFleet(word), await inFleet("3000")]).toEqual(["", ""]);
  });

  it("hands on what is piped in, and ends when its reader has gone", async () => {
    const sum = spawn("sh", ["-c", `echo hello | "$0" exec ${LAB} -- cat; echo "code $?"`, program], {
      cwd: tool.folder,
    });
    expect(await output(sum)).toBe("hello\ncode 0\n");
    const endless = spawn("sh", ["-c", `"$0" exec ${LAB} -- yes 7777 | head -n 1`, program], { cwd: tool.folder });
    expect(await output(endless)).toBe("7777\n");
    expect(await inFleet("7777")).toBe("");
  });

  it("does not wait for an input that nobody closes", async () => {
    const open = spawn(program, ["exec", LAB, "--", "true"], { cwd: tool.folder });
    expect(await new Promise((done) => open.on("close", done))).toBe(0);
  });
});

async function output(child: ChildProcessWithoutNullStreams): Promise<string> {
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  await new Promise((done, failed) => child.on("error", failed).on("close", done));
  return text;
}

describe("exec on a terminal", () => {
  it("is a shell in the container: every key goes to it, and it knows the size of the window", async () => {
    const terminal = onTerminal("exec", LAB, "--", "bash", "--norc");
    terminal.type("PS1='> '; tty; stty size\r");
    await terminal.shows(/\/dev\/pts\/\d+\r\n33 91\r\n/);
    terminal.grow();
    await expect
      .poll(
        async () => {
          terminal.type("stty size\r");
          return /43 132\r\n/.test(terminal.shown);
        },
        { timeout: 30_000, interval: 500 },
      )
      .toBe(true);
    terminal.type("sleep 5555; echo code $?\r");
    await expect.poll(() => inFleet("5555"), { timeout: 30_000 }).toContain("sleep");
    terminal.type("\u0003");
    await terminal.shows(/\^C/);
    terminal.type("echo still $((40 + 2))\r");
    await terminal.shows(/still 42/);
    terminal.type("exit 9\r");
    expect(await terminal.ended).toBe(9);
    expect(await inFleet("5555")).toBe("");
  });
});

describe("a lab whose folder is gone", () => {
  it("is still found by status, logs, exec and down", async () => {
    const folder = join(tool.folder, "labs", LAB);
    await rename(folder, join(tool.folder, "hidden"));
    for (const args of [["status"], ["logs"], ["exec"]]) {
      const rest = args[0] === "exec" ? ["--", "true"] : [];
      const { code, stderr } = await tool.run([...args, `./labs/${LAB}`, ...rest]);
      expect(code, stderr).toBe(0);
    }
    expect(await tool.run(["down", LAB])).toMatchObject({ code: 0, stdout: expect.stringContaining("removed") });
  });
});
