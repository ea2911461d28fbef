import { resolve } from "node:path";
import { LabError } from "../model/errors.js";
import { listRuns } from "../results/locate.js";
import { listLabs } from "../spec/find.js";
import { openLab } from "./inputs.js";
import type { Workspace } from "./workspace.js";

/** What completion has to know of a verb. */
export interface VerbWords {
  readonly name: string;
  /** Flags with the words that may follow; `undefined`: the flag takes none. */
  readonly flags: Readonly<Record<string, readonly string[] | undefined>>;
  /** Names of its arguments, such as `lab` or `run`. */
  readonly arguments: readonly string[];
  /** Words that its first argument may be. */
  readonly words: readonly string[];
  /** Verbs of its own, such as those of `workshop`. */
  readonly verbs: readonly VerbWords[];
}

const BASH = `_majek_lab() {
  local word i glued= words=()
  # Bash ends words at : and =, too.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == [:=] || -n $glued ]] && ((\${#words[@]} > 0)); then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    if [[ $word == [:=] ]]; then glued=1; else glued=; fi
  done
  local last=\${words[\${#words[@]}-1]}
  local before=\${last%"\${last##*[:=]}"}
  COMPREPLY=()
  while IFS= read -r word; do
    [ -n "$word" ] && COMPREPLY+=("\${word#"$before"}")
  done < <(majek-lab completion words -- "\${words[@]}" 2>/dev/null)
}
complete -o default -F _majek_lab majek-lab
`;

const ZSH = `#compdef majek-lab
_majek_lab() {
  local -a found
  found=("\${(@f)$(majek-lab completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then compadd -a found; else _files; fi
}
compdef _majek_lab majek-lab
`;

const FISH = `function __majek_lab_words
  set -l before (commandline -opc) (commandline -ct)
  majek-lab completion words -- $before[2..-1] 2>/dev/null
end
complete -c majek-lab -a '(__majek_lab_words)'
`;

const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

/** `completion SHELL`: a script that asks the tool itself for the words. @throws LabError "usage" for another shell */
export function completionScript(shell: string): string {
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script !== undefined) return script;
  throw new LabError("usage", `there is no completion for "${shell}"`, {
    next: "majek-lab completion bash | zsh | fish",
  });
}

async function labNames(workspace: Workspace): Promise<string[]> {
  return (await listLabs(workspace)).map(({ name }) => name);
}

/** Variants of the lab that was typed before. */
async function variantNames(workspace: Workspace, typed: readonly string[]): Promise<string[]> {
  const name = typed.find((word) => !word.startsWith("-"));
  const lab = name === undefined ? undefined : await openLab(workspace, name).catch(() => undefined);
  return lab?.spec.variants.map((variant) => variant.name) ?? [];
}

async function argumentWords(workspace: Workspace, verb: VerbWords): Promise<readonly string[]> {
  const [first = ""] = verb.arguments;
  if (/^labs?$/.test(first)) return labNames(workspace);
  if (!/^runs?$/.test(first)) return verb.words;
  const runs = await listRuns(resolve(workspace.workingDirectory, "results")).catch(() => []);
  return ["latest", ...new Set(runs.map(({ lab }) => `latest:${lab}`)), ...runs.map(({ id }) => id)];
}

/**
 * Words that may stand where the last one is being typed.
 * @param typed - everything behind `majek-lab`; the last word is unfinished, perhaps empty
 */
export async function completionWords(
  workspace: Workspace,
  verbs: readonly VerbWords[],
  typed: readonly string[],
): Promise<readonly string[]> {
  const current = typed.at(-1) ?? "";
  const starting = (words: readonly string[]) => words.filter((word) => word.startsWith(current));
  const [name = "", ...rest] = typed;
  if (typed.length < 2) return starting(verbs.map((verb) => verb.name));
  const verb = verbs.find((one) => one.name === name);
  if (verb === undefined) return [];
  const inner = verb.verbs.length > 0 && (rest.length > 1 || !current.startsWith("-"));
  if (inner) return completionWords(workspace, verb.verbs, rest);
  const valuesOf = async (flag: string, typedBefore: readonly string[]) =>
    flag === "--variant" ? variantNames(workspace, typedBefore) : verb.flags[flag];
  const [, flag] = /^(--[a-z-]+)=/.exec(current) ?? [];
  if (flag !== undefined) {
    return starting(((await valuesOf(flag, rest.slice(0, -1))) ?? []).map((value) => `${flag}=${value}`));
  }
  if (current.startsWith("-")) return starting(Object.keys(verb.flags));
  const choices = await valuesOf(rest.at(-2) ?? "", rest.slice(0, -2));
  return starting(choices ?? (await argumentWords(workspace, verb)));
}
