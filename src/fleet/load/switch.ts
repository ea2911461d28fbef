/** Holds a load back for a while: requests under way are answered, no new ones are sent. */
export class LoadSwitch {
  #next: Promise<void> | undefined;
  #go: () => void = () => undefined;
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
    this.#go();
  }

  /** Resolves when requests may be sent, or the signal is aborted; at once in most cases. */
  async open(signal: AbortSignal): Promise<void> {
    while (this.paused && !signal.aborted) await this.#turn(signal);
  }

  /** Resolves when it is switched on, or the signal is aborted. All who wait share one listener. */
  #turn(signal: AbortSignal): Promise<void> {
    this.#next ??= new Promise<void>((resolve) => {
      this.#go = () => {
        signal.removeEventListener("abort", this.#go);
        this.#next = undefined;
        resolve();
      };
      signal.addEventListener("abort", this.#go);
    });
    return this.#next;
  }
}
