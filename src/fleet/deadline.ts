/** Waiting that ends: at a deadline, when it has become pointless, or when the user has had enough. */
export interface Deadline {
  /**
   * @param what - completes "waited 120 s for ..."
   * @throws Error saying why; the user's reason when it was interrupted
   */
  wait<T>(wanted: Promise<T>, what: string): Promise<T>;
  /** Waiting ends with this reason, should it ever be given; with the error, should nobody be able to give it. */
  pointlessWhen(reason: Promise<string>): void;
  /** Aborted when waiting has ended, for whatever reason, and by `clear`: nothing may be tried any more. */
  readonly signal: AbortSignal;
  clear(): void;
}

/**
 * One deadline for several waits in a row.
 * @param seconds - from now
 * @param interrupted - the user's Ctrl-C
 */
export function createDeadline(seconds: number, interrupted: AbortSignal): Deadline {
  const controller = new AbortController();
  const { signal } = controller;
  const end = (reason: unknown): void => controller.abort(reason);
  const stop = (): void => end(interrupted.reason);
  const late = new Error("too late");
  const timer = setTimeout(() => end(late), seconds * 1000);
  interrupted.addEventListener("abort", stop, { once: true });
  if (interrupted.aborted) stop();
  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  // It outlives the waits; a rejection that nobody waits for is no error.
  ended.catch(() => undefined);
  return {
    signal,
    async wait(wanted, what) {
      // The loser of the race may still fail, which nobody needs to know.
      wanted.catch(() => undefined);
      try {
        signal.throwIfAborted();
        return await Promise.race([wanted, ended]);
      } catch (error) {
        throw error === late ? new Error(`waited ${seconds} s for ${what}`) : error;
      }
    },
    pointlessWhen(reason) {
      reason.then((text) => end(new Error(text)), end);
    },
    clear() {
      clearTimeout(timer);
      interrupted.removeEventListener("abort", stop);
      end(new Error("over"));
    },
  };
}
