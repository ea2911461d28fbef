import { type Command, Option } from "commander";
import { stoppable } from "../../system/stoppable.js";
import type { CliContext } from "../context.js";
import { examples } from "../help.js";

const EXEC_HELP = `On a terminal the command has a terminal of its own, and every key goes to it. Otherwise it reads what is piped in.
Ctrl-C and SIGTERM end it, in the container too.`;

function registerStatus(program: Command, context: CliContext): void {
  program
    .command("status")
    .description("Show the fleets that exist")
    .argument("[lab]", "only this lab: a name or folder")
    .addOption(new Option("--format <format>", "how to print").choices(["table", "json"]).default("table"))
    .addHelpText("after", examples("status", "status django-8workers --format json"))
    .action(async (lab: string | undefined, options: { format: "table" | "json" }) => {
      const { status } = await import("../../pipeline/fleets.js");
      context.print(await stoppable(context.interrupts.signal, status(context, lab, options.format)));
    });
}

function registerLogs(program: Command, context: CliContext): void {
  program
    .command("logs")
    .description("Print what the fleets of a lab logged")
    .argument("<lab>", "lab name or folder")
    .option("--variant <name>", "only this variant")
    .option("-f, --follow", "go on until Ctrl-C")
    .addHelpText("after", examples("logs django-8workers", "logs django-8workers --variant seal --follow"))
    .action(async (lab: string, options: { variant?: string; follow?: boolean }) => {
      const { logs } = await import("../../pipeline/fleets.js");
      await logs(context, lab, options);
    });
}

function registerExec(program: Command, context: CliContext): void {
  program
    .command("exec")
    .description("Run a command in a fleet's container; the exit code is the command's")
    .argument("<lab>", "lab name or folder")
    .argument("<command...>", "the command, after --")
    .option("--variant <name>", "which fleet (default: the first that runs)")
    .addHelpText("after", `\n${EXEC_HELP}`)
    .addHelpText(
      "after",
      examples(
        "exec django-8workers --variant seal -- python3 -VV",
        "exec django-8workers -- bash",
        "exec django-8workers -- python3 - <script.py",
      ),
    )
    .action(async (lab: string, command: string[], options: { variant?: string }) => {
      const { exec } = await import("../../pipeline/exec.js");
      context.exitCode(await exec(context, lab, command, options));
    });
}

function registerDown(program: Command, context: CliContext): void {
  program
    .command("down")
    .description("Remove fleets, their networks and volumes")
    .argument("[lab]", "lab name or folder; the folder may be gone")
    .option("--all", "of every lab")
    .addHelpText("after", examples("down django-8workers", "down --all"))
    .action(async (lab: string | undefined, options: { all?: boolean }) => {
      const { down } = await import("../../pipeline/fleets.js");
      context.print(await down(context, lab, options));
    });
}

function registerPrune(program: Command, context: CliContext): void {
  program
    .command("prune")
    .description("Remove what killed commands left behind: stray containers, networks, volumes, temporary images")
    .option("--images", "remove all images too that no container uses: of labs, probes, seeds and builds")
    .addHelpText("after", examples("prune", "prune --images"))
    .action(async (options: { images?: boolean }) => {
      const { prune } = await import("../../pipeline/prune.js");
      context.print(await stoppable(context.interrupts.signal, prune(context, options)));
    });
}

/** status, logs, exec, down, prune: what runs, found by label and never by file. */
export function registerFleetCommands(program: Command, context: CliContext): void {
  for (const register of [registerStatus, registerLogs, registerExec, registerDown, registerPrune]) {
    register(program, context);
  }
}
