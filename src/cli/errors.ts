import { LabError } from "../model/errors.js";

/** The text of an error on stderr: known errors are short and end with the next command; unknown ones keep their stack. */
export function describeError(error: unknown): string {
  if (!(error instanceof LabError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `majek-lab: unexpected error (this is a bug)\n${stack}\n`;
  }
  const lines = [`majek-lab: ${error.message}`];
  if (error.where !== undefined) lines.push(`  at ${error.where}`);
  for (const detail of error.details) lines.push(`  ${detail}`);
  // Of a verb that was given no lab: the word is still to be filled in.
  const labs = /\bLAB\b/.test(error.next ?? "") ? " (majek-lab list names the labs)" : "";
  if (error.next !== undefined) lines.push(`  next: ${error.next}${labs}`);
  return `${lines.join("\n")}\n`;
}
