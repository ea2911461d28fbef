/** The end of a help text: commands to copy, without the name of the program. */
export function examples(...commands: readonly string[]): string {
  const title = commands.length > 1 ? "Examples" : "Example";
  return `\n${title}:\n${commands.map((command) => `  majek-lab ${command}`).join("\n")}`;
}
