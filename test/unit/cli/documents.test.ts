import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { buildProgram } from "../../../src/cli/program.js";
import type { Workspace } from "../../../src/pipeline/workspace.js";
import { readEnvironment } from "../../../src/system/env.js";

const ROOT = resolve(import.meta.dirname, "../../..");

function markdown(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => join(folder, file));
}

/** Commands of our own in blocks of code and in tables; what follows a comment, a pipe or `--` is not ours. */
function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].flatMap(([, block = ""]) => block.split("\n"));
  const inline = [...text.matchAll(/`(majek-lab [^`]+)`/g)].map(([, command = ""]) => command.replace(/\s+/g, " "));
  return [...blocks, ...inline]
    .flatMap((line) => line.split(/&&|;/))
    .map((line) => line.trim())
    .filter((line) => /^majek-lab [a-z]/.test(line) && !line.includes("|"))
    .map((line) => line.replace(/ +#.*$| -- .*$| *[<>].*$| &$/, "").trim());
}

const program = buildProgram({
  environment: readEnvironment({}),
  interrupts: { signal: new AbortController().signal },
} as unknown as Workspace);

/** Why a command line is none of this tool, or `undefined`. */
function problemOf(line: string): string | undefined {
  const words = line.split(/ +/).slice(1);
  let command: Command = program;
  for (;;) {
    const next = command.commands.find((one) => one.name() === words[0]);
    if (next === undefined) break;
    command = next;
    words.shift();
  }
  if (command === program) return `no verb ${words[0]}`;
  if (command.commands.length > 0 && words.length > 0) return `${command.name()} has no ${words[0]}`;
  const known = [...command.options, ...program.options].flatMap(({ long, short }) => [long, short]);
  const flag = words.find(
    (word) => word.startsWith("-") && word !== "--help" && !known.includes(word.split("=")[0] ?? ""),
  );
  return flag === undefined ? undefined : `${command.name()} has no flag ${flag}`;
}

describe.each(["README.md", ...markdown("docs"), ...markdown("labs")])("%s", (file) => {
  const text = readFileSync(join(ROOT, file), "utf8");

  it("has commands of this tool only", () => {
    expect(commandsIn(text).flatMap((line) => problemOf(line) ?? [])).toEqual([]);
  });

  it("names labs that exist", () => {
    const labs = readdirSync(join(ROOT, "labs"));
    const named = commandsIn(text).flatMap(
      (line) => /^majek-lab (?:up|run|save|build) ([a-z][\w-]*)/.exec(line)?.[1] ?? [],
    );
    // `shop` is the reader's own.
    expect(named.filter((name) => !labs.includes(name) && name !== "shop")).toEqual([]);
  });
});

it("finds commands that are wrong", () => {
  expect(problemOf("majek-lab upp lab")).toBe("no verb upp");
  expect(problemOf("majek-lab up lab --wrong")).toBe("up has no flag --wrong");
  expect(problemOf("majek-lab workshop begin")).toBe("workshop has no begin");
  expect(problemOf("majek-lab cache prune --all")).toBeUndefined();
});
