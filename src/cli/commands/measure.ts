import { type Command, Option } from "commander";
import type { RunOptions, UpOptions } from "../../pipeline/options.js";
import { REPORT_FORMATS } from "../../report/formats.js";
import type { CliContext } from "../context.js";
import { collect, memorySize, wholeNumber } from "../flags.js";
import { examples } from "../help.js";

/** @param most - what limits the lab's number of requests where the flag is left out */
function shared(command: Command, most = ""): Command {
  return command
    .option("--variant <name>", "only this variant (repeatable)", collect)
    .option("--workers <n>", "workers per fleet instead of the lab's", wholeNumber(1, 512))
    .option("--requests <n>", `requests per worker instead of the lab's${most}`, wholeNumber(1, 10_000_000))
    .option("--wait-timeout <seconds>", "how long a fleet may take until it serves", wholeNumber(1, 3600), 180)
    .option("--results <dir>", "where results are written", "results")
    .option("--no-blame", "do not look for the causes of lost pages at the last checkpoint")
    .option("--env-file <file>", "variables for the fleets, NAME=value a line; never written to images or results")
    .option("--budget <size>", "also print how many workers fit into so much memory, such as 4g", memorySize)
    .option("--keep-pages", "keep what was on lost pages, for majek-lab blame --page (10 to 20 MB a variant)")
    .option("--offline", "download nothing; fail where an input is missing")
    .option("--frozen", "fail instead of resolving again what a mirror no longer carries")
    .addOption(
      new Option("--format <format>", "how to print the result").choices([...REPORT_FORMATS]).default("table"),
    );
}

/** up, run: from a lab to results. */
export function registerMeasureCommands(program: Command, context: CliContext): void {
  shared(program.command("up"), " or 2,000, whichever is less")
    .description("Build what is missing, start the fleets, drive the load, show them side by side, write results")
    .argument("<lab>", "lab name or folder")
    .option(
      "--detach",
      "for scripts: plain progress lines, on a terminal too, never the live table. As without it, up returns when the results are written, and the fleets stay (majek-lab down removes them)",
    )
    .option("--dashboard", "show it in a browser too, at an address that is printed; up stays until Ctrl-C then")
    .option("--dry-run", "print what would be done and change nothing")
    .option("--recreate", "replace fleets that already run")
    .addHelpText(
      "after",
      `\nKeys while it runs on a terminal: q quits as Ctrl-C does, p pauses the load, d opens the dashboard, r writes the
report as far as it goes.\n${examples(
        "up django-8workers",
        "up django-8workers --variant preload --variant seal --requests 500",
        "up django-8workers --dashboard",
        "up django-8workers --detach --format json",
      )}`,
    )
    .action(async (lab: string, options: UpOptions) => {
      const { up } = await import("../../pipeline/up.js");
      await up(context, lab, options);
    });

  shared(program.command("run"))
    .description("The measured matrix: one variant at a time, every checkpoint, results written; nothing stays")
    .argument("[lab]", "lab name or folder")
    .option("--all", "every lab there is")
    .option("--short", "the lab's short form, with its own expectations")
    .option("--repeats <n>", "repeat the whole matrix; variants are interleaved A B A B", wholeNumber(1, 1000), 1)
    .addHelpText(
      "after",
      `\nOf several runs (--all, --repeats), --format json prints a line for each and csv one header.\n${examples(
        "run django-8workers",
        "run django-8workers --short --variant preload --variant seal",
        "run django-8workers --repeats 5 --format csv >runs.csv",
      )}`,
    )
    .action(async (lab: string | undefined, options: RunOptions) => {
      const { run } = await import("../../pipeline/run.js");
      await run(context, lab, options);
    });
}
