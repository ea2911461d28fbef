import { setTimeout as sleep } from "node:timers/promises";
import type { PathSpec } from "../model/spec.js";
import { httpClient } from "./load/client.js";

/** Milliseconds between two attempts. */
const PAUSE_MS = 100;

/** Seconds one attempt may take. */
const ANSWER_TIMEOUT = 20;

/**
 * Resolves when the server answers the lab's first path with the status that the lab expects.
 * The fleet has said that it is ready, so that only the published port can still lag behind: connections that fail are
 * tried again (the caller sets the limit), a wrong status is final.
 */
export async function waitUntilHealthy(port: number, paths: readonly PathSpec[], signal: AbortSignal): Promise<void> {
  const [first] = paths;
  if (first === undefined) return;
  const client = httpClient(port, ANSWER_TIMEOUT);
  while (!signal.aborted) {
    const answer = await client.get(first.path).catch(() => undefined);
    if (answer?.status === first.status) return;
    if (answer !== undefined) {
      throw new Error(`GET ${first.path} answered ${answer.status} instead of ${first.status}`);
    }
    await sleep(PAUSE_MS);
  }
}
