import { LabError } from "../model/errors.js";

/** Line ends would start a new instruction; other control characters are shown by no tool that people review with. */
function checkPrintable(value: string, what: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (!/[\u0000-\u001f\u007f\u0085\u2028\u2029]/.test(value)) return;
  throw new LabError("lab", `${what} holds a control character: ${JSON.stringify(value)}`, {
    where: what,
    next: "remove line ends and other control characters",
  });
}

/** A word for the shell of a RUN instruction: nothing in it is expanded. */
export function shellWord(value: string, what: string): string {
  checkPrintable(value, what);
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

/** A value for ENV or LABEL, in double quotes: there the builder knows backslash, quote and `$`. */
export function dockerValue(value: string, what: string): string {
  checkPrintable(value, what);
  return `"${value.replace(/[\\"$]/g, "\\$&")}"`;
}

/** Names and values of one ENV or LABEL instruction: a builder commits a layer for each instruction. */
export function dockerAssignments(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${dockerValue(value, name)}`)
    .join(" \\\n    ");
}

/** A list for CMD in its JSON form, in which nothing is expanded. */
export function dockerCommand(words: readonly string[]): string {
  for (const word of words) checkPrintable(word, "the command");
  return JSON.stringify(words).replaceAll('","', '", "');
}
