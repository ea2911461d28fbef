import { type Command, Option } from "commander";
import type { CliContext } from "../context.js";
import { examples } from "../help.js";

const platform = new Option("--platform <platform>", "platform of the lock").choices(["linux/amd64", "linux/arm64"]);

/** lock, fetch, build: inputs pinned, downloaded, built. */
export function registerBuildCommands(program: Command, context: CliContext): void {
  program
    .command("lock")
    .description("Pin every input of a lab by its sha256 in lab.lock")
    .argument("<lab>", "lab name or folder")
    .option("--update", "resolve everything anew, even where the lock is current")
    .option("--check", "change nothing; report what would be resolved differently")
    .addOption(platform)
    .addHelpText("after", examples("lock ./mylab", "lock django-8workers --check"))
    .action(async (lab: string, options: { update?: boolean; check?: boolean; platform?: string }) => {
      const { lock } = await import("../../pipeline/lock.js");
      context.print(await lock(context, lab, options));
    });

  program
    .command("fetch")
    .description("Download every input of a lab into the content store")
    .argument("<lab>", "lab name or folder")
    .option("--frozen", "fail instead of resolving again what a mirror no longer carries")
    .addHelpText("after", examples("fetch django-8workers"))
    .action(async (lab: string, options: { frozen?: boolean }) => {
      const { fetch } = await import("../../pipeline/lock.js");
      context.print(await fetch(context, lab, options));
    });

  program
    .command("build")
    .description("Build the images of a lab from its locked inputs, without network")
    .argument("<lab>", "lab name or folder")
    .option("--verify", "build everything a second time, without any cache, and compare: exit 8 where bytes differ")
    .option("--record", "write the digests of the images to lab.lock, for later builds to compare with")
    .option("--offline", "download nothing; fail where an input is missing")
    .option("--frozen", "fail instead of resolving again what a mirror no longer carries")
    .addOption(new Option("--format <format>", "how to print").choices(["table", "json"]).default("table"))
    .addHelpText(
      "after",
      examples(
        "build django-8workers",
        "build django-8workers --verify",
        "build django-8workers --offline --format json",
      ),
    )
    .action(
      async (
        lab: string,
        options: { verify?: boolean; record?: boolean; offline?: boolean; frozen?: boolean; format: "table" | "json" },
      ) => {
        const { build } = await import("../../pipeline/build.js");
        context.print(await build(context, lab, options));
      },
    );
}
