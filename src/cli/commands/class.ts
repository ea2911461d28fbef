import type { Command } from "commander";
import { stoppable } from "../../system/stoppable.js";
import type { CliContext } from "../context.js";
import { examples } from "../help.js";

/** workshop pack, export, collect: what a class needs besides the steps. */
export function registerClassCommands(workshop: Command, context: CliContext): void {
  const { signal } = context.interrupts;
  workshop
    .command("export")
    .description("Write progress and the runs behind it to one file for the teacher")
    .requiredOption("--name <name>", "whose file it is")
    .option("-o, --output <file>", "file to write (default: NAME.json)")
    .option("--results <dir>", "where results are", "results")
    .addHelpText("after", examples("workshop export --name 'Grace H.'"))
    .action(async (options: { name: string; output?: string; results: string }) => {
      const { workshopExport } = await import("../../pipeline/class.js");
      await stoppable(signal, workshopExport(context, options));
    });
  workshop
    .command("pack")
    .description("Write one archive for a USB stick: tool, labs with their images, hand-outs, notes; no network needed")
    .argument("<labs...>", "lab names or folders; labs that their steps look at come along")
    .requiredOption("-o, --output <file>", "file to write")
    .option("--offline", "download nothing; fail where an input is missing")
    .addHelpText("after", examples("workshop pack django-8workers -o workshop.tar"))
    .action(async (labs: string[], options: { output: string; offline?: boolean }) => {
      const { workshopPack } = await import("../../pipeline/workshop-pack.js");
      context.print(await workshopPack(context, labs, options));
    });
  workshop
    .command("collect")
    .description("Students' files as one table, with what should be looked at")
    .argument("<dir>", "folder with their files")
    .option("--lab <lab>", "the lab that the class worked through", "django-8workers")
    .option("-o, --output <file>", "class.html or class.csv", "class.html")
    .addHelpText("after", examples("workshop collect ./class -o class.html"))
    .action(async (dir: string, options: { lab: string; output: string }) => {
      const { workshopCollect } = await import("../../pipeline/class.js");
      await stoppable(signal, workshopCollect(context, dir, options));
    });
}
