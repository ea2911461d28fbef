import { type Command, Option } from "commander";
import { stoppable } from "../../system/stoppable.js";
import type { CliContext } from "../context.js";
import { examples } from "../help.js";

/** Below the package. */
const MAN_PAGE = "docs/majek-lab.1";

const LIST_HELP = `
download MB  what the lab's lock names for this platform; missing MB: what of it is not at hand
limit MB     what a fleet may take; largest MB: what the largest one took, in the run that is named behind the time
time         of the newest complete run below ./results, else of the short run that came with the tool; without building`;

/** list, validate, schema, generate: labs as files; no engine needed. */
export function registerLabCommands(program: Command, context: CliContext): void {
  program
    .command("list")
    .description("List the labs that can be run, with download, memory and time")
    .addOption(new Option("--format <format>", "how to print").choices(["table", "json"]).default("table"))
    .addHelpText("after", LIST_HELP)
    .addHelpText("after", examples("list", "list --format json"))
    .action(async (options: { format: "table" | "json" }) => {
      const { list } = await import("../../pipeline/list.js");
      context.print(await stoppable(context.interrupts.signal, list(context, options.format)));
    });

  program
    .command("validate")
    .description("Check lab files and report every problem with its line and column")
    .argument("[labs...]", "lab names or folders; all labs when none is given")
    .addHelpText("after", examples("validate", "validate ./mylab"))
    .action(async (names: string[]) => {
      const { validate } = await import("../../pipeline/labs.js");
      await stoppable(context.interrupts.signal, validate(context, names));
    });

  program
    .command("schema")
    .description("Print the JSON schema of lab.yaml, or of run.json")
    .argument("[kind]", "lab or run", "lab")
    .addHelpText("after", examples("schema >lab.schema.json", "schema run"))
    .action(async (kind: string) => {
      const { schema } = await import("../../pipeline/labs.js");
      context.print(schema(kind));
    });

  program
    .command("generate")
    .description("Render the committed Dockerfiles and schemas, or one lab's whole build context")
    .argument("[lab]", "lab name or folder; everything when none is given")
    .option("--check", "change nothing; fail when a generated file is out of date")
    .option(
      "--context <dir>",
      "write Dockerfile and all inputs of LAB to a new folder for a plain `docker build --network none DIR`",
    )
    .option("--python <interpreter>", "the interpreter of the context, e.g. 3.13+majek (default: the last variant's)")
    .addHelpText(
      "after",
      examples(
        "generate --check",
        "generate django-8workers --context ./context && docker build --network none ./context",
      ),
    )
    .action(async (lab: string | undefined, options: { check?: boolean; context?: string; python?: string }) => {
      const { generate } = await import("../../pipeline/generate.js");
      const { readVersion } = await import("../../pipeline/package-files.js");
      const { manPage } = await import("../man.js");
      const manual = { path: MAN_PAGE, text: manPage(program, await readVersion(context.packageRoot)) };
      context.print(await generate(context, lab, options, [manual]));
    });
}
