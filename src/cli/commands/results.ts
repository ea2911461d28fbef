import { type Command, Option } from "commander";
import type { BlameOptions } from "../../pipeline/blame.js";
import type { CompareOptions } from "../../pipeline/compare.js";
import type { ReportOptions } from "../../pipeline/report.js";
import { REPORT_FORMATS } from "../../report/formats.js";
import { stoppable } from "../../system/stoppable.js";
import type { CliContext } from "../context.js";
import { collect, wholeNumber } from "../flags.js";
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

function registerReport(program: Command, context: CliContext): void {
  program
    .command("report")
    .description("A stored run as one page that needs no network and no script, or as Markdown, JSON or CSV")
    .argument("[run]", RUN_HELP, "latest")
    .option("--open", "show it in the desktop's browser")
    .option(
      "-o, --output <file>",
      "where to write it; - is stdout (default: HTML beside the run, the others to stdout)",
    )
    .option("--results <dir>", "where results are", "results")
    .addOption(
      new Option("--format <format>", "what to write").choices(["html", "markdown", "json", "csv"]).default("html"),
    )
    .addHelpText(
      "after",
      examples("report --open", "report latest:django-8workers -o report.html", "report --format markdown"),
    )
    .action(async (run: string, options: ReportOptions) => {
      const { report } = await import("../../pipeline/report.js");
      await stoppable(context.interrupts.signal, report(context, run, options));
    });
}

function registerBlame(program: Command, context: CliContext): void {
  program
    .command("blame")
    .description("What made workers lose preloaded pages: causes, classes and modules, from a stored run")
    .argument("[run]", "a path, an id prefix, latest, latest:LAB, or a lab: its latest run", "latest")
    .option("--variant <name>", "only this variant (repeatable)", collect)
    .option("--worker <n>", "only this worker, counted from 0", wholeNumber(0, 4096))
    .option("--top <n>", "rows of each table", wholeNumber(1, 1_000_000), 12)
    .option("--what-if <cause>", "how many pages fixing a cause, type:NAME or module:NAME would save")
    .option("--page <address>", "everything that wrote to the page that holds this address")
    .option("--results <dir>", "where results are", "results")
    .addOption(new Option("--format <format>", "how to print").choices(["table", "json", "csv"]).default("table"))
    .addHelpText(
      "after",
      examples(
        "blame latest:django-8workers --variant preload",
        'blame --variant seal --what-if "freed block"',
        "blame --what-if module:django.urls",
        "blame --format csv >pages.csv",
      ),
    )
    .action(async (run: string, options: BlameOptions) => {
      const { blame } = await import("../../pipeline/blame.js");
      await stoppable(context.interrupts.signal, blame(context, run, options));
    });
}

/** check, compare, blame, report: readers of stored runs; no engine needed. */
export function registerResultCommands(program: Command, context: CliContext): void {
  for (const register of [registerCheck, registerCompare, registerBlame, registerReport]) register(program, context);
}
