import type { Spread } from "../../model/run.js";

/** Which place of the fleet a process fills; places outlive recycled processes. */
export interface WorkerSlots {
  /** Number of places. */
  readonly size: number;
  /** `undefined` for a process whose start was not announced yet. */
  slotOf(pid: number): number | undefined;
  /** Processes whose place another one has taken. */
  readonly replaced: readonly number[];
}

/** Requests served, by place. A replacement goes on counting where its predecessor stopped. */
export class ServedCounter {
  readonly #served = new Map<number, number>();
  readonly #slots: WorkerSlots;

  constructor(slots: WorkerSlots) {
    this.#slots = slots;
  }

  /** @param served - what the process itself has counted, so that an answer that got lost still counts */
  record(pid: number, served: number): void {
    this.#served.set(pid, Math.max(served, this.#served.get(pid) ?? 0));
  }

  /** Requests that each process has served, by pid. */
  get served(): ReadonlyMap<number, number> {
    return this.#served;
  }

  /**
   * A replaced process that had not served its number yet, so that it must have died: by a crash, a kill, a time-out.
   * To be asked when no answer is outstanding.
   * @param maxRequests - after which a process is replaced by intent; 0 for never
   */
  dead(maxRequests: number): number | undefined {
    const due = maxRequests === 0 ? Number.POSITIVE_INFINITY : maxRequests;
    return this.#slots.replaced.find((pid) => (this.#served.get(pid) ?? 0) < due);
  }

  /** Requests per place; processes not announced yet are left out until they are. */
  perSlot(): readonly number[] {
    const counts = new Array<number>(this.#slots.size).fill(0);
    for (const [pid, served] of this.#served) {
      const slot = this.#slots.slotOf(pid);
      if (slot !== undefined) counts[slot] = (counts[slot] ?? 0) + served;
    }
    return counts;
  }

  spread(): Spread {
    const counts = this.perSlot();
    const sum = counts.reduce((total, count) => total + count, 0);
    return { mean: sum / counts.length, min: Math.min(...counts), max: Math.max(...counts) };
  }
}
