import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { attachProbe, type Probe } from "../../../src/fleet/probe.js";

let child: ChildProcessWithoutNullStreams | undefined;
afterEach(() => child?.kill("SIGKILL"));

/** A real process that behaves as named. */
function probe(behaviour: string): Probe {
  const started = spawn(process.execPath, [resolve(import.meta.dirname, "bad-probe.mjs"), behaviour]);
  child = started;
  const { stdin, stdout, stderr } = started;
  return attachProbe({ stdin, stdout, stderr, close: () => started.kill() });
}

/** Longer than a busy machine needs to start a process. */
const PATIENCE = 15;

describe("the probe client", () => {
  it("gives each command its own answer, in order", async () => {
    const asked = probe("good");
    const answers = await Promise.all(["hello", "p0 1", "sample 1"].map((command) => asked.ask(command, PATIENCE)));
    expect(answers.map(({ line }) => line)).toEqual(["hello", "p0 1", "sample 1"]);
  });

  it.each([
    ["garbage", { message: 'the probe answered "hello" with what is no JSON object', details: ["Segmentation fault"] }],
    ["array", { details: ["[1]"] }],
    ["unfinished", { details: ['{"ok": tr'] }],
    ["refusal", { message: 'the probe cannot "hello": Permission denied', where: "/proc/1/pagemap" }],
    ["neither", { message: 'the probe cannot "hello": no reason given' }],
  ])("reports %s, and can be asked again", async (behaviour, error) => {
    const asked = probe(behaviour);
    await expect(asked.ask("hello", PATIENCE)).rejects.toMatchObject({ code: "fleet", ...error });
    await expect(asked.ask("hello", PATIENCE)).rejects.toMatchObject({ code: "fleet" });
  });

  it("gives up on silence, and takes no late answer for the next command's", async () => {
    const asked = probe("slow");
    await expect(asked.ask("sample 1", 0.1)).rejects.toMatchObject({
      message: 'the probe did not answer "sample 1" within 0.1 s',
    });
    await expect(asked.ask("hello", PATIENCE)).rejects.toMatchObject({ message: expect.stringContaining("has ended") });
  });

  it("notices a death under way and shows its last words", async () => {
    await expect(probe("death").ask("sample 1", PATIENCE)).rejects.toMatchObject({
      message: expect.stringContaining("the probe has ended"),
      details: ["out of memory"],
    });
  });

  it("notices a death between two commands", async () => {
    const asked = probe("good");
    await asked.ask("hello", PATIENCE);
    child?.kill("SIGKILL");
    if (child) await once(child, "close");
    await expect(asked.ask("hello", PATIENCE)).rejects.toMatchObject({ code: "fleet" });
  });

  it("fails what is under way when it is closed", async () => {
    const asked = probe("slow");
    const asking = asked.ask("sample 1", PATIENCE);
    const refused = expect(asking).rejects.toMatchObject({ code: "fleet" });
    await new Promise((done) => setTimeout(done, 10));
    asked.close();
    await refused;
  });
});
