/** The end of a help text: commands to copy, without the name of the program. */
export function examples(...commands: readonly string[]): string {
  const title = commands.length > 1 ? "Examples" : "Example";
  return `\n${title}:\n${commands.map((command) => `  majek-lab ${command}`).join("\n")}`;
}

/** What `majek-lab` alone prints. */
export const SHORT_HELP = `majek-lab: why do forked workers not share their memory, and how much of it could they?

  majek-lab up django-8workers           eight Django workers, six ways to fork them, side by side
  majek-lab new shop --path ../shop      a lab from a Django project of your own

majek-lab list names the labs, majek-lab doctor checks this machine, majek-lab --help has every verb.`;
