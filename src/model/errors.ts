/** Why a command ended, in the words of the exit-code table (README, "Exit codes"). */
export type ErrorCode =
  | "failed"
  | "usage"
  | "lab"
  | "engine"
  | "build"
  | "fleet"
  | "expectation"
  | "reproducibility"
  | "input"
  | "hungup"
  | "interrupted"
  | "unread"
  | "terminated";

/** Process exit code for each {@link ErrorCode}; part of the command-line contract. */
export const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  failed: 1,
  usage: 2,
  lab: 3,
  engine: 4,
  build: 5,
  fleet: 6,
  expectation: 7,
  reproducibility: 8,
  input: 9,
  hungup: 129,
  interrupted: 130,
  unread: 141,
  terminated: 143,
};

/** The parts of a user-facing error: what happened is the message; where, and what to type next. */
export interface ErrorContext {
  /** The file, object or address the error is about, e.g. `lab.yaml:5:3`. */
  readonly where?: string;
  /** The next command or step, written so that it can be copied. LAB stands for the lab: see {@link forLab}. */
  readonly next?: string;
  /** More lines, shown below the message (all problems of a lab file, the end of a build log). */
  readonly details?: readonly string[];
  readonly cause?: unknown;
}

/** The one error type that users see. Anything else that reaches the top is a bug and keeps its stack. */
export class LabError extends Error {
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly next: string | undefined;
  readonly details: readonly string[];

  constructor(code: ErrorCode, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = "LabError";
    this.code = code;
    this.where = context.where;
    this.next = context.next;
    this.details = context.details ?? [];
  }
}

/** A word for the shell; nothing in it is expanded. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * The same error, with a lab in place of the word LAB in its next command, which can be copied then. Stages know what
 * went wrong, and who called them knows for which lab.
 * @param lab - name or path
 */
export function forLab(error: unknown, lab: string): unknown {
  if (!(error instanceof LabError) || error.next === undefined || !/\bLAB\b/.test(error.next)) return error;
  const { code, message, details, cause, where } = error;
  const next = error.next.replace(/\bLAB\b/g, () => quoted(lab));
  return new LabError(code, message, { details, cause, next, ...(where === undefined ? {} : { where }) });
}
