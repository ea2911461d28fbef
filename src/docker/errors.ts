import { LabError } from "../model/errors.js";

interface EngineFailure {
  readonly message?: string;
  readonly statusCode?: number;
  readonly code?: string;
  readonly reason?: string;
  readonly json?: { readonly message?: string } | null;
}

const GONE = new Set(["ECONNREFUSED", "ECONNRESET", "ENOENT", "EPIPE", "ECONNABORTED"]);

/** Whether the engine said that the object does not exist. */
export function isMissing(error: unknown): boolean {
  return (error as EngineFailure).statusCode === 404;
}

/** The engine's answer "nothing to do" (304) or "in the way of somebody else's removal" (409). */
export function isSettled(error: unknown): boolean {
  const { statusCode, message } = error as EngineFailure;
  return statusCode === 304 || (statusCode === 409 && /removal|not running|is not paused/i.test(message ?? ""));
}

/**
 * Turns what dockerode rejects with into a LabError that names the object.
 * @param what - what was being done, e.g. `start container 12ab`
 */
export function engineError(error: unknown, what: string): LabError {
  if (error instanceof LabError) return error;
  const failure = error as EngineFailure;
  const text = failure.json?.message ?? failure.message ?? String(error);
  if (/no space left on device/i.test(text)) {
    return new LabError("failed", `the engine has no space left on its disk (${what})`, {
      next: "majek-lab prune --images",
      cause: error,
    });
  }
  if (failure.statusCode === undefined && (GONE.has(failure.code ?? "") || /socket hang up|aborted/i.test(text))) {
    return new LabError("engine", `the container engine went away (${what})`, {
      next: "make engine",
      details: [text],
      cause: error,
    });
  }
  return new LabError("engine", `the container engine refused: ${text.trim()}`, {
    where: what,
    next: "majek-lab doctor",
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
