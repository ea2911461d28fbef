import { setTimeout as delay } from "node:timers/promises";
import type { BuildRequest, Engine, Labels } from "../docker/types.js";

const ROUND_MS = 200;
/** An ADD of a root file system takes seconds; after so many rounds (half a minute) the connection is cut all the same. */
const MAX_ROUNDS = 150;

/**
 * Builds, and when aborted ends so that the engine is done when this is. Cutting the connection does not do that: the
 * engine finishes an ADD or COPY that is under way and keeps what it made, without telling anybody. So containers of RUN
 * steps are removed, which fails the build, until its answer ends. While the context is still being sent, a cut is enough.
 * @param labels - what every stage of the Dockerfile is labelled with, so that RUN containers are found
 * @returns the image's id
 * @throws what the build throws; the signal's reason when aborted
 */
export async function buildStoppably(engine: Engine, request: BuildRequest, labels: Labels): Promise<string> {
  const { signal, onOutput } = request;
  const cut = new AbortController();
  const state = { started: false, over: false };
  const stop = async (): Promise<void> => {
    for (let round = 0; state.started && !state.over && round < MAX_ROUNDS; round += 1) {
      const running = await engine.containers.list(labels);
      for (const { id } of running) await engine.containers.get(id).remove();
      await delay(ROUND_MS);
    }
    cut.abort(signal?.reason);
  };
  // An engine that went away meanwhile fails the build itself.
  const onAbort = (): void => void stop().catch(() => cut.abort(signal?.reason));
  signal?.throwIfAborted();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await engine.images.build({
      ...request,
      signal: cut.signal,
      onOutput: (line) => {
        state.started = true;
        onOutput?.(line);
      },
    });
  } finally {
    state.over = true;
    signal?.removeEventListener("abort", onAbort);
    signal?.throwIfAborted();
  }
}
