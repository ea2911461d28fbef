import { type Command, Option } from "commander";
import { stoppable } from "../../system/stoppable.js";
import type { CliContext } from "../context.js";
import { examples } from "../help.js";
import { registerClassCommands } from "./class.js";

const format = (): Option =>
  new Option("--format <format>", "how to print").choices(["table", "json"]).default("table");

/** workshop: hand-outs step by step, with conditions that are checked on what was measured. */
export function registerWorkshopCommands(program: Command, context: CliContext): void {
  const { signal } = context.interrupts;
  const workshop = program
    .command("workshop")
    .description("A lab's hand-out, step by step; progress is kept in this folder")
    .addHelpText("after", examples("workshop start django-8workers", "workshop check", "workshop hint"));
  workshop
    .command("start")
    .description("Begin, and show the first step")
    .argument("<lab>", "lab name or folder")
    .addHelpText("after", examples("workshop start django-8workers"))
    .action(async (lab: string) => {
      const { workshopStart } = await import("../../pipeline/workshop.js");
      await stoppable(signal, workshopStart(context, lab));
    });
  workshop
    .command("serve")
    .description("The same in a browser: steps on the left, the newest run live on the right; until Ctrl-C")
    .argument("<lab>", "lab name or folder")
    .option("--results <dir>", "where results are", "results")
    .option("--open", "show it in the desktop's browser")
    .addHelpText("after", examples("workshop serve django-8workers --open"))
    .action(async (lab: string, options: { results: string; open?: boolean }) => {
      const { workshopServe } = await import("../../pipeline/workshop-serve.js");
      await workshopServe(context, lab, options);
    });
  workshop
    .command("show")
    .description("Show the step that is next, or go to another")
    .argument("[step]", "its number or name")
    .addHelpText("after", examples("workshop show", "workshop show 2"))
    .action(async (step: string | undefined) => {
      const { workshopShow } = await import("../../pipeline/workshop.js");
      await stoppable(signal, workshopShow(context, step));
    });
  workshop
    .command("check")
    .description("Check the step on what was measured; exit code 7 when a condition is not met")
    .argument("[step]", "its number or name")
    .option("--watch", "check again whenever something changes, until it is passed")
    .option("--results <dir>", "where results are", "results")
    .addOption(format())
    .addHelpText("after", examples("workshop check", "workshop check --watch"))
    .action(
      async (step: string | undefined, options: { watch?: boolean; results: string; format: "table" | "json" }) => {
        const { workshopCheck } = await import("../../pipeline/workshop.js");
        await stoppable(signal, workshopCheck(context, step, options));
      },
    );
  workshop
    .command("hint")
    .description("Show one more hint for the step")
    .addHelpText("after", examples("workshop hint"))
    .action(async () => {
      const { workshopHint } = await import("../../pipeline/workshop.js");
      await stoppable(signal, workshopHint(context));
    });
  workshop
    .command("solve")
    .description("Show the solution of the step")
    .addHelpText("after", examples("workshop solve"))
    .action(async () => {
      const { workshopSolve } = await import("../../pipeline/workshop.js");
      await stoppable(signal, workshopSolve(context));
    });
  workshop
    .command("status")
    .description("Show every step, and which are done")
    .addOption(format())
    .addHelpText("after", examples("workshop status"))
    .action(async (options: { format: "table" | "json" }) => {
      const { workshopStatus } = await import("../../pipeline/workshop.js");
      await stoppable(signal, workshopStatus(context, options.format));
    });
  workshop
    .command("reset")
    .description("Forget the progress in this folder; results stay")
    .addHelpText("after", examples("workshop reset"))
    .action(async () => {
      const { workshopReset } = await import("../../pipeline/workshop.js");
      await stoppable(signal, workshopReset(context));
    });
  registerClassCommands(workshop, context);
}
