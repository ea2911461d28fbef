import { setTimeout as delay } from "node:timers/promises";

/** Attempts, and milliseconds between two of them. */
const ATTEMPTS = 10;
const PAUSE_MS = 500;

/**
 * Freezes a container, patiently. runc catches the processes of a container one by one, gives up where new ones keep
 * starting to run (a busy machine, cgroup v1), and lets them all go on: "unable to freeze". Another attempt may do.
 * @param freeze - one attempt
 * @param wait - milliseconds between two attempts
 * @throws what the last attempt threw
 */
export async function freezePatiently(freeze: () => Promise<void>, wait = PAUSE_MS): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await freeze();
    } catch (error) {
      if (attempt === ATTEMPTS || !/unable to freeze/.test((error as Error).message)) throw error;
      await delay(wait);
    }
  }
}
