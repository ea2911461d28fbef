import type { Command } from "commander";
import type { SaveOptions } from "../../pipeline/save.js";
import type { CliContext } from "../context.js";
import { examples } from "../help.js";

/** save, load, push, pull, verify: labs that leave this machine. */
export function registerShareCommands(program: Command, context: CliContext): void {
  program
    .command("save")
    .description("Write a lab to one file: images, lab, lock, sources, licences, bill of materials")
    .argument("<lab>", "lab name or folder")
    .option("-o, --output <file>", "file to write (default: LAB.tar)")
    .option("--with-inputs", "with every input that the lock names, so that it can be built again without network")
    .option("--offline", "download nothing; fail where an input is missing")
    .addHelpText("after", examples("save django-8workers", "save ./mylab -o stick/mylab.tar --with-inputs"))
    .action(async (lab: string, options: SaveOptions) => {
      const { save } = await import("../../pipeline/save.js");
      context.print(await save(context, lab, options));
    });

  program
    .command("load")
    .description("Check a file that save wrote, byte for byte, then import its images and its lab")
    .argument("<file>", "archive")
    .option("--into <folder>", "folder that gets the lab's folder (default: ./labs)")
    .addHelpText("after", examples("load django-8workers.tar", "load django-8workers.tar --into ~/labs"))
    .action(async (file: string, options: { into?: string }) => {
      const { load } = await import("../../pipeline/load.js");
      context.print(await load(context, file, options));
    });

  program
    .command("push")
    .description("Put a lab into a container registry, byte for byte: what save writes, but for inputs")
    .argument("<lab>", "lab name or folder")
    .argument("<ref>", "HOST[:PORT]/REPOSITORY[:TAG]; docker login has the password")
    .option("--offline", "download no inputs; fail where one is missing")
    .addHelpText("after", examples("push django-8workers localhost:5000/course/django-8workers:v1"))
    .action(async (lab: string, reference: string, options: { offline?: boolean }) => {
      const { push } = await import("../../pipeline/push.js");
      context.print(await push(context, lab, reference, options));
    });

  program
    .command("pull")
    .description("Download a lab that push put into a registry, check it, then import its images and its lab")
    .argument("<ref>", "HOST[:PORT]/REPOSITORY[:TAG|@DIGEST]")
    .option("--into <folder>", "folder that gets the lab's folder (default: ./labs)")
    .addHelpText("after", examples("pull localhost:5000/course/django-8workers:v1"))
    .action(async (reference: string, options: { into?: string }) => {
      const { pull } = await import("../../pipeline/pull.js");
      context.print(await pull(context, reference, options));
    });

  program
    .command("verify")
    .description("Build from source what was shared, and compare every byte: exit 8 where they differ")
    .argument("<target>", "archive, registry reference, or lab whose lock has digests")
    .option("--offline", "download nothing; fail where an input is missing")
    .addHelpText(
      "after",
      examples("verify django-8workers.tar", "verify localhost:5000/course/lab:v1", "verify django-8workers --offline"),
    )
    .action(async (target: string, options: { offline?: boolean }) => {
      const { verify } = await import("../../pipeline/verify.js");
      context.print(await verify(context, target, options));
    });
}
