import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { buildProgram } from "../../../src/cli/program.js";
import type { Workspace } from "../../../src/pipeline/workspace.js";
import { createReporter } from "../../../src/report/reporter.js";
import { readEnvironment } from "../../../src/system/env.js";

const ROOT = resolve(import.meta.dirname, "../../..");

function program(variables: Record<string, string> = {}, onLab?: (lab: string) => void): Command {
  const environment = readEnvironment(variables);
  const workspace: Workspace = {
    environment,
    packageRoot: ROOT,
    workingDirectory: ROOT,
    interrupts: { signal: new AbortController().signal, onSecond: () => undefined, interrupt: () => undefined },
    argv: [],
    terminal: {},
    print: () => undefined,
    keys: () => undefined,
    drained: async () => undefined,
    progress: () => createReporter("quiet", environment),
    exitCode: () => undefined,
  };
  return buildProgram(workspace, onLab);
}

/** Parses and returns a command's options instead of running it. */
async function parsed(
  args: readonly string[],
  variables: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const built = program(variables);
  let seen: Record<string, unknown> | undefined;
  for (const command of built.commands)
    command.action((...given: unknown[]) => {
      seen = (given.at(-1) as Command).opts();
    });
  for (const command of built.commands) command.configureOutput({ writeErr: () => undefined });
  await built.configureOutput({ writeErr: () => undefined }).parseAsync([...args], { from: "user" });
  if (seen === undefined) throw new Error("no command ran");
  return seen;
}

/** Flags of a command and of its subcommands, as they are typed. */
function flagsOf(command: Command): string[] {
  return [...command.options.map(({ long }) => long ?? ""), ...command.commands.flatMap(flagsOf)];
}

describe("the commands and the README", () => {
  const verbs = program()
    .commands.map((command) => command.name())
    .sort();
  const readme = readFileSync(resolve(ROOT, "README.md"), "utf8");
  const section = readme.slice(readme.indexOf("## Commands"), readme.indexOf("### Exit codes"));
  const rows = [...section.matchAll(/^\| `([a-z]+)` \|/gm)].map(([, verb]) => verb ?? "").sort();

  it("name the same verbs", () => {
    expect(rows).toEqual(verbs);
  });

  it("name the same flags", () => {
    const told = [...section.matchAll(/^\| `([a-z]+)` \|.*\| ?([^|]*)\|$/gm)].map(
      ([, verb = "", flags = ""]) => [verb, flags.match(/--[a-z-]+/g) ?? []] as const,
    );
    const known = program().commands.map((command) => [command.name(), [...new Set(flagsOf(command))]] as const);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(known));
  });

  it("have no flag in an example or a text that is none of theirs", () => {
    const known = new Set([...program().options.map(({ long }) => long), ...program().commands.flatMap(flagsOf)]);
    const lines = [readme, readFileSync(resolve(ROOT, "ARCHITECTURE.md"), "utf8")].flatMap((text) => text.split("\n"));
    const said = lines.flatMap(
      (line) =>
        /majek-lab ([^`#&]*)/
          .exec(line)?.[1]
          ?.split(" -- ")[0]
          ?.match(/--[a-z-]+/g) ?? [],
    );
    expect(said.length).toBeGreaterThan(5);
    expect(said.filter((flag) => flag !== "--help" && !known.has(flag))).toEqual([]);
  });

  it("have a description and an exit code that the README explains", () => {
    for (const command of program().commands) expect(command.description().length, command.name()).toBeGreaterThan(10);
    for (const code of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) expect(readme).toContain(`| ${code} |`);
  });
});

/** Every command that can be called, subcommands too, by its words. */
function everyCommand(parent: Command, words: readonly string[] = []): (readonly [string, Command])[] {
  return parent.commands.flatMap((command) => {
    const path = [...words, command.name()];
    return [[path.join(" "), command] as const, ...everyCommand(command, path)];
  });
}

function helpOf(command: Command): string {
  let text = "";
  const writeOut = (part: string): void => {
    text += part;
  };
  command.configureOutput({ writeOut }).outputHelp();
  return text;
}

describe("help", () => {
  it.each(everyCommand(program()))("of %s has an example that is a command of this verb", (words, command) => {
    const [, shown = ""] = helpOf(command).split(/^Examples?:\n/m);
    const examples = shown.split("\n").filter(Boolean);
    expect(examples.length).toBeGreaterThan(0);
    for (const line of examples) expect(line.startsWith(`  majek-lab ${words}`), line).toBe(true);
  });

  it("of up says what --detach does to the progress", () => {
    const up = program().commands.find((command) => command.name() === "up");
    expect(up && helpOf(up).replace(/\s+/g, " ")).toMatch(
      /--detach for scripts: plain progress lines.*never the live table/,
    );
  });
});

describe("flags", () => {
  it("come from the command line before the environment", async () => {
    const variables = { MAJEK_LAB_WORKERS: "3", MAJEK_LAB_WAIT_TIMEOUT: "9" };
    expect(await parsed(["up", "x", "--workers", "5"], variables)).toMatchObject({ workers: 5, waitTimeout: 9 });
  });

  it.each([
    ["1", true],
    ["0", false],
    ["false", false],
    ["", false],
  ])("read a switch from the environment: %j", async (text, expected) => {
    expect((await parsed(["up", "x"], { MAJEK_LAB_DETACH: text }))["detach"]).toBe(expected);
  });

  it.each([
    ["1", false],
    ["0", true],
    ["", true],
  ])("read a switch that turns something off: MAJEK_LAB_NO_BLAME=%j", async (text, expected) => {
    expect((await parsed(["up", "x"], { MAJEK_LAB_NO_BLAME: text }))["blame"]).toBe(expected);
    expect((await parsed(["up", "x", "--no-blame"], { MAJEK_LAB_NO_BLAME: text }))["blame"]).toBe(false);
  });

  it.each([
    [["--progress", "json", "up", "x"]],
    [["up", "--progress", "json", "x"]],
    [["up", "x", "--progress=json"]],
    [["cache", "ls", "--progress", "json"]],
  ])("of the program may stand on either side of the verb: %j", async (args) => {
    const built = program();
    const actions = [...built.commands, ...built.commands.flatMap(({ commands }) => commands)];
    for (const command of actions) command.action(() => undefined);
    await built.parseAsync([...args], { from: "user" });
    expect(built.opts()["progress"]).toBe("json");
  });

  it.each([
    [["up", "shop", "--workers", "2"], ["shop"]],
    [["exec", "--variant", "seal", "./shop", "--", "ls"], ["./shop"]],
    [["run", "--all"], []],
    [["validate", "a", "b"], []],
  ])("and arguments tell which lab is meant: %j", async (args, expected) => {
    const seen: string[] = [];
    const built = program({}, (lab) => void seen.push(lab));
    for (const command of built.commands) command.action(() => undefined);
    await built.parseAsync([...args], { from: "user" });
    expect(seen).toEqual(expected);
  });

  it("after -- belong to the command that exec runs", async () => {
    const built = program();
    const exec = built.commands.find((command) => command.name() === "exec");
    let words: unknown;
    exec?.action((_lab: string, command: string[]) => {
      words = command;
    });
    await built.parseAsync(["exec", "x", "--", "run", "--progress", "json"], { from: "user" });
    expect([words, built.opts()["progress"]]).toEqual([["run", "--progress", "json"], "auto"]);
  });

  it("collect repeated variants, and split a list in the environment", async () => {
    expect((await parsed(["up", "x", "--variant", "a", "--variant", "b"]))["variant"]).toEqual(["a", "b"]);
    expect((await parsed(["up", "x"], { MAJEK_LAB_VARIANT: "a, b" }))["variant"]).toEqual(["a", "b"]);
  });

  it.each([
    [["up", "x", "--workers", "0"]],
    [["up", "x", "--workers", "1000000000"]],
    [["up", "x", "--requests", "-5"]],
    [["up", "x", "--format", "xml"]],
    [["up", "x", "--wrokers", "2"]],
    [["nope"]],
    [["up"]],
  ])("refuse %j", async (args) => {
    await expect(parsed(args)).rejects.toMatchObject({ name: "CommanderError" });
  });

  it.each([
    [{ MAJEK_LAB_WORKERS: "many" }],
    [{ MAJEK_LAB_FORMAT: "xml" }],
    [{ MAJEK_LAB_DETACH: "nonsense" }],
  ])("refuse the same from the environment: %j", async (variables) => {
    await expect(parsed(["up", "x"], variables)).rejects.toMatchObject({ code: "usage" });
  });
});
