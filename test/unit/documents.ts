import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { buildProgram } from "../../src/cli/program.js";
import type { Workspace } from "../../src/pipeline/workspace.js";
import { readEnvironment } from "../../src/system/env.js";

export const ROOT = resolve(import.meta.dirname, "../..");

/** Markdown files below a folder of the project. */
export function markdown(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => join(folder, file));
}

export function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** Commands of our own in blocks of code and in tables; what follows a comment or a pipe is not ours. */
export function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].flatMap(([, block = ""]) => block.split("\n"));
  const inline = [...text.matchAll(/`(majek-lab [^`]+)`/g)].map(([, command = ""]) => command.replace(/\s+/g, " "));
  return [...blocks, ...inline]
    .flatMap((line) => line.split(/&&|;/))
    .map((line) => line.trim())
    .filter((line) => /^majek-lab [a-z]/.test(line) && !/\S\|\S/.test(line))
    .map((line) => line.replace(/ +#.*$| *\\?[<>|].*$| &$/, "").trim());
}

function silent(command: Command): void {
  command.action(() => undefined).configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  for (const child of command.commands) silent(child);
}

/** Words as a shell takes them apart, quotes included. */
function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? "",
  );
}

/** Why a command line is none of this tool, in the program's own words, or `undefined`. */
export async function problemOf(line: string): Promise<string | undefined> {
  const program = buildProgram({
    environment: readEnvironment({}),
    interrupts: { signal: new AbortController().signal },
  } as unknown as Workspace);
  for (const verb of program.commands) {
    if (verb.commands.length === 0) silent(verb);
    else {
      verb.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
      for (const child of verb.commands) silent(child);
    }
  }
  program.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  try {
    await program.parseAsync(words(line).slice(1), { from: "user" });
    return undefined;
  } catch (error) {
    const { code, message } = error as Error & { readonly code?: string };
    // A verb of verbs alone, a question for help, or a verb that a sentence speaks of.
    const fine = ["commander.help", "commander.helpDisplayed"].includes(code ?? "");
    const mention = code === "commander.missingArgument" && words(line).length === 2;
    return fine || mention ? undefined : message;
  }
}

/** As pages make an anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}

function anchorsIn(text: string): string[] {
  return [...text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    anchorOf(heading),
  );
}

/** Relative links that lead nowhere. */
export function deadLinks(file: string, whole = read(file)): string[] {
  const text = whole.replace(/^```[\s\S]*?^```/gm, "");
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = "", anchor] = link.split("#");
    const target = join(dirname(file), path);
    if (path !== "" && !existsSync(join(ROOT, target))) return true;
    return anchor !== undefined && !anchorsIn(path === "" ? whole : read(target)).includes(anchor);
  });
}
