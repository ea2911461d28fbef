import { LabError } from "../model/errors.js";
import type { Path, Position } from "./positions.js";

/** One thing that is wrong with a lab file. */
export interface Problem extends Position {
  /** Dotted path of the value, such as `app.wsgi`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** `load.paths./html/` or `expect[1]`. */
export function dotted(path: Path): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${String(part)}`))
    .join("");
}

/** Text of a lab file for a terminal: what could steer one, or turn the line round, is shown by its number. */
function visible(text: string): string {
  const byNumber = (character: string): string => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
  };
  return text.replace(/(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, byNumber);
}

/** `lab.yaml:5:3 app.verson: unknown key`. */
export function describeProblem(file: string, problem: Problem): string {
  const subject = problem.path === "" ? "" : `${problem.path}: `;
  return `${file}:${problem.line}:${problem.column} ${visible(`${subject}${problem.message}`)}`;
}

const MAX_SHOWN = 40;
const MAX_WIDTH = 110;

/** The line with a caret below the column; nothing for a line that is too long to help. */
function frame(lines: readonly string[], { line, column }: Position): string[] {
  const text = lines[line - 1];
  if (text === undefined || text.trim() === "" || text.length > MAX_WIDTH) return [];
  const number = String(line).padStart(5);
  // A tab keeps its place, so that the caret stands below its character.
  const indent = visible(text.slice(0, column - 1)).replace(/[^\t]/g, " ");
  return [`${number} | ${visible(text)}`, `${" ".repeat(number.length)} | ${indent}^`];
}

/** Every problem in one error, in the order of the file, each with its line of text. */
export function labFileError(file: string, text: string, problems: readonly Problem[]): LabError {
  const lines = text.split(/\r?\n/);
  const shown = problems.slice(0, MAX_SHOWN);
  const details = shown.flatMap((problem) => [describeProblem(file, problem), ...frame(lines, problem)]);
  if (problems.length > shown.length) details.push(`and ${problems.length - shown.length} more`);
  const [first] = problems;
  return new LabError("lab", `${file} has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}`, {
    ...(first === undefined ? {} : { where: `${file}:${first.line}:${first.column}` }),
    details,
    next: `correct the file, then: majek-lab validate ${file.replace(/\/?(?:lab\.yaml|handout\/[^/]*)$/, "") || "."}`,
  });
}
