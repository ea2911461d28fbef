#!/usr/bin/env node
import { CommanderError } from "commander";
import { EXIT_CODES, LabError } from "../model/errors.js";
import { readEnvironment } from "../system/env.js";
import { type CliContext, packageRoot } from "./context.js";
import { describeError } from "./errors.js";
import { buildProgram } from "./program.js";
import { progressFor } from "./progress.js";
import { listenForSignals } from "./signals.js";

/** The one place that turns an outcome into an exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const environment = readEnvironment();
  const interrupts = listenForSignals();
  let exitCode = 0;
  const context: CliContext = {
    environment,
    packageRoot: packageRoot(),
    workingDirectory: process.cwd(),
    interrupts,
    argv: ["majek-lab", ...argv],
    terminal: process.stdout.isTTY ? { coloured: !environment.plain, width: process.stdout.columns } : {},
    print: (text) => void process.stdout.write(text.endsWith("\n") ? text : `${text}\n`),
    progress: (options) => progressFor(program.opts<{ progress: string }>().progress, environment, options),
    exitCode: (code) => {
      exitCode = code;
    },
  };
  const program = buildProgram(context);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.usage;
    process.stderr.write(describeError(error));
    return error instanceof LabError ? EXIT_CODES[error.code] : EXIT_CODES.failed;
  } finally {
    await interrupts.settled();
    interrupts.close();
  }
}

// A reader that went away (`majek-lab list | head -1`) is no failure, and a terminal that was closed (EIO) is a signal.
for (const output of [process.stdout, process.stderr]) {
  output.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
  });
}

process.exitCode = await main(process.argv.slice(2));
