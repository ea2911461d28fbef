import { randomBytes } from "node:crypto";
import { buffer, text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Container } from "../../src/docker/types.js";
import { type FleetCommand, startCommand } from "../../src/fleet/command.js";
import { type Ground, prepareGround } from "./docker-setup.js";

let ground: Ground;
let container: Container;
beforeAll(async () => {
  ground = await prepareGround();
});
afterAll(() => ground.clean());
afterEach(() => container.remove());

/** A command in a container that does nothing else. */
async function started(command: readonly string[], io: Parameters<typeof startCommand>[2] = {}): Promise<FleetCommand> {
  container = await ground.run({});
  return startCommand(container, command, io);
}

/** Resolves when the command's output has a text in it; reads on. */
function shown({ stdout }: FleetCommand, wanted: RegExp): Promise<string> {
  let seen = "";
  return new Promise((resolve, reject) => {
    stdout.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      if (wanted.test(seen)) resolve(seen);
    });
    stdout.on("end", () => reject(new Error(`it ended without ${wanted}: ${seen}`)));
  });
}

/** Command lines of everything that runs in the container, but the question itself. */
async function running(): Promise<string[]> {
  const ask = 'for file in /proc/[0-9]*/cmdline; do cat "$file" 2>/dev/null; echo; done';
  const { stdout } = await container.exec({ command: ["sh", "-c", ask] });
  const lines = stdout.split("\n").map((line) => line.replaceAll("\0", " ").trim());
  return lines.filter((line) => line !== "" && !line.includes("cmdline")).sort();
}

describe("a command in a fleet", () => {
  it("has its outputs, its input and its exit code to itself", async () => {
    const command = await started(["sh", "-c", "cat; echo bad >&2; exit 7"], { stdin: true });
    const sent = randomBytes(1_000_000);
    command.stdin.end(sent);
    const [out, err] = await Promise.all([buffer(command.stdout), text(command.stderr)]);
    expect(out.equals(sent)).toBe(true);
    expect([err, await command.exitCode()]).toEqual(["bad\n", 7]);
  });

  it("is told that there is no such command", async () => {
    const command = await started(["no-such-program"]);
    const [err] = await Promise.all([text(command.stderr), text(command.stdout)]);
    expect([err, await command.exitCode()]).toEqual([expect.stringContaining("no-such-program: not found"), 127]);
  });

  it("has an exit code also when it closes its outputs long before it ends", async () => {
    const command = await started(["sh", "-c", "exec >&- 2>&-; sleep 1; exit 3"]);
    await Promise.all([text(command.stderr), text(command.stdout)]);
    expect(await command.exitCode()).toBe(3);
  });

  it.each(["INT", "TERM"])("is ended by %s, with its children", async (signal) => {
    const command = await started(["sh", "-c", "sleep 1111 & echo ready; sleep 2222; echo survived"]);
    const output = text(command.stderr);
    await shown(command, /ready/);
    await command.end(signal);
    expect([await running(), await output]).toEqual([["sleep 600"], ""]);
  });

  it("is killed when it does not end by itself", async () => {
    const command = await started(["sh", "-c", 'trap "" INT TERM HUP; echo ready; while :; do sleep 0.1; done']);
    command.stderr.resume();
    await shown(command, /ready/);
    await command.end("TERM");
    expect([await running(), await command.exitCode()]).toEqual([["sleep 600"], 137]);
  });

  it("may have ended already", async () => {
    const command = await started(["sh", "-c", "exit 4"]);
    await Promise.all([text(command.stderr), text(command.stdout)]);
    await command.end("TERM");
    expect(await command.exitCode()).toBe(4);
  });

  it("says so when the container takes no command", async () => {
    const command = await started(["sh", "-c", "echo ready; sleep 3333"]);
    command.stderr.resume();
    await shown(command, /ready/);
    await container.pause();
    await expect(command.end("TERM")).rejects.toMatchObject({ code: "failed", message: /paused/ });
    await container.unpause();
    command.close();
  });
});

describe("a command on a terminal", () => {
  const SIZE =
    'sub size { ioctl(STDOUT, 0x5413, my $s = ""); return join "x", (unpack "S4", $s)[1, 0] }' +
    '$SIG{WINCH} = sub { print "now ", size(), "\\n" }; $| = 1;' +
    'print "tty\\n" if -t STDIN && -t STDOUT && -t STDERR; sleep 1 while size() eq "0x0"; print "size ", size(), "\\n"; sleep 1 while 1';

  it("sees its size, and when that changes", async () => {
    const command = await started(["perl", "-e", SIZE], { stdin: true, terminal: { columns: 91, rows: 33 } });
    await shown(command, /^tty\r\n(now [^\n]*\n)*size 91x33\r\n/);
    // It may say so before the engine has answered.
    const told = shown(command, /now 132x43/);
    await command.resize({ columns: 132, rows: 43 });
    await told;
    await command.end("HUP");
    expect(await running()).toEqual(["sleep 600"]);
  });

  it("gets every key, Ctrl-C and Ctrl-P too", async () => {
    const keys = 'echo ready; while read -r line; do echo "<$line>"; done; echo end; exit 5';
    const command = await started(["sh", "-c", keys], { stdin: true, terminal: { columns: 80, rows: 24 } });
    await shown(command, /ready/);
    command.stdin.write("a\u0010b\n");
    await shown(command, /<a\S+b>/);
    command.stdin.write("\u0004");
    await shown(command, /end/);
    await command.ended;
    expect(await command.exitCode()).toBe(5);
    await container.remove();

    const sleeping = await started(["sh", "-c", "echo ready; sleep 4444"], {
      stdin: true,
      terminal: { columns: 80, rows: 24 },
    });
    await shown(sleeping, /ready/);
    sleeping.stdin.write("\u0003");
    await sleeping.ended;
    expect([await running(), await sleeping.exitCode()]).toEqual([["sleep 600"], 130]);
    // It hung once in many runs, nobody knows where: a second try need not wait for ten minutes.
  }, 60_000);
});
