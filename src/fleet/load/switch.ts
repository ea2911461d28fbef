/** Holds a load back for a while: requests under way are answered, no new ones are sent. */
export class LoadSwitch {
  #waiting: (() => void)[] = [];
  #since: number | undefined;
  #held = 0;

  get paused(): boolean {
    return this.#since !== undefined;
  }

  /** Milliseconds that the load was held back, from the beginning. */
  get heldMs(): number {
    return this.#held + (this.#since === undefined ? 0 : performance.now() - this.#since);
  }

  pause(): void {
    this.#since ??= performance.now();
  }

  resume(): void {
    this.#held = this.heldMs;
    this.#since = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  /** Resolves when requests may be sent, or the signal is aborted; at once in most cases. */
  async open(signal: AbortSignal): Promise<void> {
    while (this.paused && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }
}
