import type { Command } from "commander";
import type { VerbWords } from "../../pipeline/completion.js";
import type { CliContext } from "../context.js";
import { examples } from "../help.js";

function wordsOf(command: Command): VerbWords {
  const { commands, options, registeredArguments } = command;
  const flags = options.flatMap(({ long, argChoices, required }) =>
    long ? [[long, required ? (argChoices ?? []) : undefined] as const] : [],
  );
  return {
    name: command.name(),
    flags: Object.fromEntries([...flags, ["--help", undefined]]),
    arguments: registeredArguments.map((argument) => argument.name()),
    words: registeredArguments[0]?.argChoices ?? [],
    verbs: commands.map(wordsOf),
  };
}

/** completion: scripts for shells, and the words that they ask for. */
export function registerCompletionCommand(program: Command, context: CliContext): void {
  program
    .command("completion")
    .description("Print a script that completes verbs, flags, labs, variants and runs")
    .argument("<shell>", "bash, zsh or fish")
    .argument("[words...]", "what was typed; used by the scripts")
    .addHelpText(
      "after",
      examples(
        "completion bash >~/.local/share/bash-completion/completions/majek-lab",
        "completion zsh >~/.zfunc/_majek-lab",
        "completion fish >~/.config/fish/completions/majek-lab.fish",
      ),
    )
    .action(async (shell: string, typed: string[]) => {
      const { completionScript, completionWords } = await import("../../pipeline/completion.js");
      if (shell !== "words") return context.print(completionScript(shell));
      const words = await completionWords(context, program.commands.map(wordsOf), typed);
      if (words.length > 0) context.print(words.join("\n"));
    });
}
