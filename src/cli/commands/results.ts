import { type Command, Option } from "commander";
import type { CompareOptions } from "../../pipeline/compare.js";
import { REPORT_FORMATS } from "../../report/formats.js";
import { stoppable } from "../../system/stoppable.js";
import type { CliContext } from "../context.js";
import { examples } from "../help.js";

const RUN_HELP = "a path, an id prefix, latest, or latest:LAB";

function registerCheck(program: Command, context: CliContext): void {
  program
    .command("check")
    .description("Evaluate the expectations of a stored run; exit code 7 when one is not met")
    .argument("[run]", RUN_HELP, "latest")
    .option("--results <dir>", "where results are", "results")
    .addOption(new Option("--format <format>", "how to print").choices(["table", "json"]).default("table"))
    .addHelpText("after", examples("check", "check latest:django-8workers --format json"))
    .action(async (run: string, options: { results: string; format: "table" | "json" }) => {
      const { check } = await import("../../pipeline/check.js");
      await stoppable(context.interrupts.signal, check(context, run, options));
    });
}

const COMPARE_HELP = `
The first run is the reference. A run that is one pass of run --repeats stands for all of them, unless another of its
passes is named too.`;

function registerCompare(program: Command, context: CliContext): void {
  program
    .command("compare")
    .description("Stored runs side by side: ratios, intervals, verdicts; refuses runs of other labs, kernels or CPUs")
    .argument("<runs...>", RUN_HELP)
    .option("--force", "compare what is not comparable, and say how it differs")
    .option("--results <dir>", "where results are", "results")
    .addOption(new Option("--format <format>", "how to print").choices([...REPORT_FORMATS]).default("table"))
    .addHelpText(
      "after",
      `${COMPARE_HELP}\n${examples("compare 20261123T18 latest", "compare before/ after/ --format markdown")}`,
    )
    .action(async (runs: string[], options: CompareOptions) => {
      const { compare } = await import("../../pipeline/compare.js");
      await stoppable(context.interrupts.signal, compare(context, runs, options));
    });
}

/** check, compare: readers of stored runs; no engine needed. */
export function registerResultCommands(program: Command, context: CliContext): void {
  for (const register of [registerCheck, registerCompare]) register(program, context);
}
