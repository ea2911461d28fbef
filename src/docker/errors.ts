import { LabError } from "../model/errors.js";

/** What dockerode rejects with: an answer with a status, or a failure of the connection with a system code. */
interface EngineFailure {
  readonly message?: string;
  readonly statusCode?: number;
  readonly code?: string;
  /** The system call that failed, and for some the file. */
  readonly syscall?: string;
  readonly path?: string;
  readonly json?: { readonly message?: string } | null;
}

const GONE = new Set(["ECONNREFUSED", "ECONNRESET", "ENOENT", "EPIPE", "ECONNABORTED"]);

/** Whether the engine said that the object does not exist. */
export function isMissing(error: unknown): boolean {
  return (error as EngineFailure).statusCode === 404;
}

/** Whether the engine kept an image because something uses it. */
export function isInUse(error: unknown): boolean {
  return (error as EngineFailure).statusCode === 409;
}

/** The engine's answer "nothing to do". */
export function isAlready(error: unknown): boolean {
  return (error as EngineFailure).statusCode === 304;
}

/** The engine's answer "nothing to do" (304) or "in the way of somebody else's removal" (409); 20.10 says 500 to some. */
export function isSettled(error: unknown): boolean {
  const { statusCode, message } = error as EngineFailure;
  if (isAlready(error)) return true;
  return (statusCode === 409 || statusCode === 500) && /removal of|is not running|is not paused/i.test(message ?? "");
}

/** A full disk of the engine, which it reports in the text of any answer; `undefined` for other texts. */
export function noSpace(
  text: string,
  what: string,
  context: { details?: readonly string[]; cause?: unknown },
): LabError | undefined {
  if (!/no space left on device/i.test(text)) return undefined;
  return new LabError("failed", "the engine has no space left on its disk", {
    where: what,
    next: "majek-lab prune --images, or free some space below the engine's Docker Root Dir (docker info names it)",
    ...context,
  });
}

/**
 * A file of this machine that was being sent, which fails the same request; `undefined` for what the connection said.
 * Of those, only a socket that is gone is missing, and it is connected to, never opened.
 */
function unreadableFile(failure: EngineFailure, what: string): LabError | undefined {
  const { statusCode, code = "", syscall = "connect", path } = failure;
  if (statusCode !== undefined || syscall === "connect" || (GONE.has(code) && code !== "ENOENT")) return undefined;
  return new LabError("failed", `what the engine was to get cannot be read: ${failure.message}`, {
    where: path ?? what,
    next: "majek-lab cache verify, then run the command again",
    cause: failure,
  });
}

/** The engine's own words, without the HTTP status that dockerode puts before them. */
function textOf(failure: EngineFailure): string {
  const text = failure.json?.message ?? failure.message ?? String(failure);
  return text.replace(/^\(HTTP code \d+\) .*? - /, "").trim();
}

function nextFor(statusCode: number | undefined, text: string): string {
  if (/no such image/i.test(text)) return "majek-lab build LAB";
  if (statusCode === 409) return "majek-lab status, then majek-lab down LAB";
  return "majek-lab doctor";
}

/**
 * Turns what dockerode rejects with into a LabError that names the object.
 * Code "engine" when the engine is gone or failed itself, "failed" when it refused what was asked.
 * @param what - what was being done, e.g. `start container 12ab`
 */
export function engineError(error: unknown, what: string): LabError {
  if (error instanceof LabError) return error;
  const failure = error as EngineFailure;
  const text = textOf(failure);
  const full = noSpace(text, what, { cause: error });
  if (full !== undefined) return full;
  const unreadable = unreadableFile(failure, what);
  if (unreadable !== undefined) return unreadable;
  const { statusCode } = failure;
  if (/address already in use|port is already allocated/i.test(text)) {
    return new LabError("failed", "the engine found no free port on 127.0.0.1", {
      where: what,
      next: "end what holds the ports (ss -ltn lists them), then run the command again",
      details: [text],
      cause: error,
    });
  }
  if (statusCode === undefined && (GONE.has(failure.code ?? "") || /socket hang up|aborted/i.test(text))) {
    return new LabError("engine", "the container engine went away", {
      where: what,
      next: "start it again (majek-lab doctor says how), then run the command again",
      details: [text],
      cause: error,
    });
  }
  const refused = statusCode !== undefined && statusCode < 500;
  return new LabError(refused ? "failed" : "engine", `the container engine refused: ${text}`, {
    where: what,
    next: nextFor(statusCode, text),
    cause: error,
  });
}

/** Runs an engine call with its errors translated. */
export async function asked<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw engineError(error, what);
  }
}

/** Like {@link asked}, but an object that is gone or already in that state is fine. */
export async function settled(what: string, call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!isMissing(error) && !isSettled(error)) throw engineError(error, what);
  }
}
