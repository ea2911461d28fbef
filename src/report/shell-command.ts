/** A word as a shell takes it. */
function word(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A command as one can type it. @param command - its words */
export function shellCommand(command: readonly string[]): string {
  return command.map(word).join(" ");
}
