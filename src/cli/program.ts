import { Command, Option } from "commander";
import { PROGRESS_STYLES } from "../report/formats.js";
import { registerBuildCommands } from "./commands/build.js";
import { registerCompletionCommand } from "./commands/completion.js";
import { registerFleetCommands } from "./commands/fleets.js";
import { registerHostCommands } from "./commands/host.js";
import { registerLabCommands } from "./commands/labs.js";
import { registerMeasureCommands } from "./commands/measure.js";
import { registerNewCommand } from "./commands/new.js";
import { registerResultCommands } from "./commands/results.js";
import { registerShareCommands } from "./commands/share.js";
import { registerWorkshopCommands } from "./commands/workshop.js";
import type { CliContext } from "./context.js";
import { applyEnvironment } from "./flags.js";

const EXIT_CODE_HELP = `
LAB is a folder, else ./labs/NAME, else a lab that came with the package.

Exit codes: 0 ok, 1 failed, 2 usage, 3 lab file invalid, 4 engine not usable, 5 build failed, 6 fleet not healthy,
7 expectation not met, 8 not reproducible, 9 input missing or altered, 129/130/143 stopped by a
signal, 141 nobody reads the output any more.

majek-lab --version prints the version of the tool alone.

Every flag can be given as a variable: --wait-timeout as MAJEK_LAB_WAIT_TIMEOUT.

Examples:
  majek-lab up django-8workers
  majek-lab run django-8workers --short
  majek-lab down --all`;

/** exitOverride and the error text must hold for every subcommand, or commander exits on its own. */
function overrideExit(command: Command): void {
  command.exitOverride();
  command.showSuggestionAfterError(true);
  for (const child of command.commands) overrideExit(child);
}

/** LAB as it was typed; nothing for verbs that take none, or several. */
function typedLab({ registeredArguments, args }: Command): string | undefined {
  const place = registeredArguments.findIndex((argument) => argument.name() === "lab");
  return place < 0 ? undefined : args[place];
}

/**
 * The whole command line, wired but not run.
 * @param onLab - is told the lab that was named, before the verb's work begins
 * @returns a program that throws CommanderError for usage errors and lets LabErrors through
 */
export function buildProgram(context: CliContext, onLab: (lab: string) => void = () => undefined): Command {
  const program = new Command("majek-lab")
    .description(
      "Reproducible labs for one question: why do forked workers not share their memory, and how much of it could they?",
    )
    .addOption(new Option("--progress <style>", "progress on stderr").choices([...PROGRESS_STYLES]).default("auto"))
    .addHelpText("after", EXIT_CODE_HELP)
    .configureHelp({ showGlobalOptions: true })
    .hook("preAction", (_, command) => {
      applyEnvironment(program, context.environment.flags);
      applyEnvironment(command, context.environment.flags);
      const lab = typedLab(command);
      if (lab) onLab(lab);
    });
  registerMeasureCommands(program, context);
  registerResultCommands(program, context);
  registerFleetCommands(program, context);
  registerLabCommands(program, context);
  registerNewCommand(program, context);
  registerBuildCommands(program, context);
  registerWorkshopCommands(program, context);
  registerShareCommands(program, context);
  registerHostCommands(program, context);
  registerCompletionCommand(program, context);
  overrideExit(program);
  return program;
}
