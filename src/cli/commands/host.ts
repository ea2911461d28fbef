import { type Command, Option } from "commander";
import type { DoctorOptions } from "../../pipeline/doctor.js";
import { stoppable } from "../../system/stoppable.js";
import type { CliContext } from "../context.js";
import { wholeNumber } from "../flags.js";
import { examples } from "../help.js";

/** cache, doctor, version: the machine and the tool itself. */
export function registerHostCommands(program: Command, context: CliContext): void {
  const cache = program
    .command("cache")
    .description("The content store: inputs by sha256, trees made from them")
    .addHelpText("after", examples("cache ls", "cache prune --older-than 90"));
  cache
    .command("ls")
    .description("List what is stored")
    .addOption(new Option("--format <format>", "how to print").choices(["table", "json"]).default("table"))
    .addHelpText("after", examples("cache ls --format json"))
    .action(async (options: { format: "table" | "json" }) => {
      const { cacheList } = await import("../../pipeline/cache.js");
      context.print(await stoppable(context.interrupts.signal, cacheList(context, options.format)));
    });
  cache
    .command("prune")
    .description("Remove what was not used for a while")
    .option("--older-than <days>", "not used for this many days", wholeNumber(0, 36_500), 30)
    .option("--all", "everything")
    .addHelpText("after", examples("cache prune --older-than 90", "cache prune --all"))
    .action(async (options: { olderThan: number; all?: boolean }) => {
      const { cachePrune } = await import("../../pipeline/cache.js");
      context.print(await stoppable(context.interrupts.signal, cachePrune(context, options)));
    });
  cache
    .command("verify")
    .description("Hash everything again and remove what is damaged")
    .addHelpText("after", examples("cache verify"))
    .action(async () => {
      const { cacheVerify } = await import("../../pipeline/cache.js");
      context.print(await stoppable(context.interrupts.signal, cacheVerify(context)));
    });

  program
    .command("doctor")
    .description("Check whether this machine can run labs; exit code 4 when it cannot")
    .addOption(new Option("--format <format>", "how to print").choices(["table", "json"]).default("table"))
    .option("--workshop", "what the stick in this folder needs, or else every lab with steps")
    .option("--fix", "do first what is safe: start an installed engine, remove what killed commands left")
    .option("--bundle <file>", "write versions, checks, logs and lab files to one tar, without values of variables")
    .addHelpText(
      "after",
      examples("doctor", "doctor --fix", "doctor --bundle help.tar", "doctor --workshop", "doctor --format json"),
    )
    .action(async (options: DoctorOptions) => {
      const { doctor } = await import("../../pipeline/doctor.js");
      await stoppable(context.interrupts.signal, doctor(context, options));
    });

  program
    .command("version")
    .description("Print the versions of the tool, the patches and the engine")
    .addOption(new Option("--format <format>", "how to print").choices(["table", "json"]).default("table"))
    .addHelpText("after", examples("version --format json"))
    .action(async (options: { format: "table" | "json" }) => {
      const { version } = await import("../../pipeline/version.js");
      context.print(await stoppable(context.interrupts.signal, version(context, options.format)));
    });
}
