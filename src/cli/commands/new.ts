import { type Command, Option } from "commander";
import type { NewOptions } from "../../pipeline/new.js";
import type { CliContext } from "../context.js";
import { examples } from "../help.js";

const NEW_HELP = `
What is found, and why, is printed. The project is copied to labs/NAME; hidden files, databases, keys and links stay
where they are. It runs in containers without network only, on a database of
the lab's own.`;

/** new: a lab from the user's own project. */
export function registerNewCommand(program: Command, context: CliContext): void {
  program
    .command("new")
    .description("Make a lab from a Django project, and explain what was found")
    .argument("<name>", "name of the new lab: labs/NAME is written")
    .requiredOption("--path <dir>", "folder of the project")
    .option("--requirements <file>", "requirements.txt, pyproject.toml or uv.lock (default: the project's)")
    .option("--wsgi <module:callable>", "what the server serves (default: WSGI_APPLICATION)")
    .option("--asgi <module:callable>", "serve this by uvicorn (default: only where the project has no WSGI callable)")
    .addOption(
      new Option("--database <kind>", "the lab's database: a file in memory, or a server beside each fleet")
        .choices(["sqlite", "postgres"])
        .default("sqlite"),
    )
    .option("--settings <module>", "settings module (default: what wsgi.py or manage.py names)")
    .option("--urls <file>", "addresses to ask for, one a line, with a weight behind it")
    .option("--access-log <file>", "addresses and weights from a log in common or combined format")
    .option("--env-file <file>", "variables for trying the addresses; never written to images or results")
    .option("--no-build", "only write the files: no lock, no image, no address asked")
    .addHelpText("after", NEW_HELP)
    .addHelpText(
      "after",
      examples(
        "new shop --path ../shop",
        "new shop --path ../shop --access-log access.log --env-file .env",
        "new shop --path ../shop --database postgres",
      ),
    )
    .action(async (name: string, options: NewOptions) => {
      const { newLab } = await import("../../pipeline/new.js");
      await newLab(context, name, options);
    });
}
