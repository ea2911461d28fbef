#!/usr/bin/env node
import { once } from "node:events";
import { CommanderError } from "commander";
import { type ErrorCode, EXIT_CODES, forLab, LabError } from "../model/errors.js";
import { readEnvironment } from "../system/env.js";
import { listenToKeys, processKeyboard } from "../system/keyboard.js";
import { type CliContext, packageRoot } from "./context.js";
import { describeError } from "./errors.js";
import { SHORT_HELP } from "./help.js";
import { buildProgram } from "./program.js";
import { progressFor } from "./progress.js";
import { listenForSignals, type ProcessInterrupts } from "./signals.js";

/** A signal ends the waiting, and a reader that went away is one. */
async function stdoutDrained(signal: AbortSignal): Promise<void> {
  if (process.stdout.writableNeedDrain) await once(process.stdout, "drain", { signal }).catch(() => undefined);
}

/** What the command says to its end: the exit code, and the text of an error on stderr. */
async function outcomeOf(argv: readonly string[], interrupts: ProcessInterrupts): Promise<readonly [number, string]> {
  const environment = readEnvironment();
  let exitCode = 0;
  let lab: string | undefined;
  const context: CliContext = {
    environment,
    packageRoot: packageRoot(),
    workingDirectory: process.cwd(),
    interrupts,
    argv: ["majek-lab", ...argv],
    terminal: process.stdout.isTTY ? { coloured: !environment.plain, width: process.stdout.columns } : {},
    print: (text) => void process.stdout.write(text.endsWith("\n") ? text : `${text}\n`),
    drained: () => stdoutDrained(interrupts.signal),
    progress: (options) => progressFor(program.opts<{ progress: string }>().progress, environment, options),
    keys: (onKey) => (process.stdin.isTTY ? listenToKeys(onKey, processKeyboard()) : undefined),
    exitCode: (code) => {
      exitCode = code;
    },
  };
  const program = buildProgram(context, (typed) => {
    lab = typed;
  });
  try {
    if (argv.length === 0) {
      context.print(SHORT_HELP);
      return [0, ""];
    }
    if (argv.length === 1 && argv[0] === "--version") {
      const { readVersion } = await import("../pipeline/package-files.js");
      context.print(`majek-lab ${await readVersion(context.packageRoot)}`);
      return [0, ""];
    }
    await program.parseAsync([...argv], { from: "user" });
    return [exitCode, ""];
  } catch (error) {
    if (error instanceof CommanderError) return [error.exitCode === 0 ? 0 : EXIT_CODES.usage, ""];
    return [
      error instanceof LabError ? EXIT_CODES[error.code] : EXIT_CODES.failed,
      describeError(lab === undefined ? error : forLab(error, lab)),
    ];
  }
}

/** Ends the process at once. Node crashes when it exits after its terminal; a signal that nobody handles just ends it. */
function quit(code: number): never {
  process.removeAllListeners("SIGHUP");
  if (code === EXIT_CODES.hungup) process.kill(process.pid, "SIGHUP");
  process.exit(code);
}

/** A result that is cut off is worse than none: a full disk below `>runs.csv`. */
function giveUpOutput({ message }: Error): never {
  const next = "free some space, or write it elsewhere; what was measured is in the results folder";
  process.stderr.write(describeError(new LabError("failed", `the output cannot be written: ${message}`, { next })));
  quit(EXIT_CODES.failed);
}

/** The one place that turns an outcome into an exit code. */
async function main(argv: readonly string[]): Promise<void> {
  const { stdin, stdout, stderr } = process;
  const hasTerminal = [stdin, stdout, stderr].some(({ isTTY }) => isTTY);
  const interrupts = listenForSignals({ hasTerminal, quit });
  // What nobody reads is dropped, and the rest of the work goes on: it may be the cleaning up. EIO: the terminal was
  // closed, which is a signal as well. A reader of stdout that has seen enough (`logs --follow | head`) ends the command.
  stderr.on("error", () => undefined);
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") interrupts.unread();
    else if (error.code !== "EIO") giveUpOutput(error);
  });
  const [code, text] = await outcomeOf(argv, interrupts);
  await interrupts.settled().catch((error: unknown) => stderr.write(describeError(error)));
  // The last words may be those that nobody reads; that is known only now.
  await new Promise(setImmediate);
  interrupts.close();
  const { aborted, reason } = interrupts.signal;
  const lost = aborted && (reason.code === "unread" || reason.code === "hungup");
  if (text !== "" && !lost) stderr.write(text);
  process.exitCode = lost ? EXIT_CODES[reason.code as ErrorCode] : code;
  // What was given up may still wait for an answer, and keep the process alive.
  if (aborted) quit(process.exitCode);
}

await main(process.argv.slice(2));
