import { type Command, Option } from "commander";
import type { CliContext } from "../context.js";

/** status, logs, exec, down, prune: what runs, found by label and never by file. */
export function registerFleetCommands(program: Command, context: CliContext): void {
  program
    .command("status")
    .description("Show the fleets that exist")
    .argument("[lab]", "only this lab")
    .addOption(new Option("--format <format>", "how to print").choices(["table", "json"]).default("table"))
    .action(async (lab: string | undefined, options: { format: "table" | "json" }) => {
      const { status } = await import("../../pipeline/fleets.js");
      context.print(await status(context, lab, options.format));
    });

  program
    .command("logs")
    .description("Print what the fleets of a lab logged")
    .argument("<lab>", "lab name")
    .option("--variant <name>", "only this variant")
    .option("-f, --follow", "go on until Ctrl-C")
    .action(async (lab: string, options: { variant?: string; follow?: boolean }) => {
      const { logs } = await import("../../pipeline/fleets.js");
      await logs(context, lab, options);
    });

  program
    .command("exec")
    .description("Run a command in a fleet's container; the exit code is the command's")
    .argument("<lab>", "lab name")
    .argument("<command...>", "the command, after --")
    .option("--variant <name>", "which fleet (default: the first that runs)")
    .addHelpText("after", "\nExample:\n  majek-lab exec django-8workers --variant seal -- python3 -VV")
    .action(async (lab: string, command: string[], options: { variant?: string }) => {
      const { exec } = await import("../../pipeline/fleets.js");
      context.exitCode(await exec(context, lab, command, options));
    });

  program
    .command("down")
    .description("Remove fleets, their networks and volumes")
    .argument("[lab]", "lab name")
    .option("--all", "of every lab")
    .action(async (lab: string | undefined, options: { all?: boolean }) => {
      const { down } = await import("../../pipeline/fleets.js");
      context.print(await down(context, lab, options));
    });

  program
    .command("prune")
    .description("Remove what killed commands left behind: stray containers, networks, volumes, temporary images")
    .option("--images", "remove the labs' images too")
    .action(async (options: { images?: boolean }) => {
      const { prune } = await import("../../pipeline/fleets.js");
      context.print(await prune(context, options));
    });
}
