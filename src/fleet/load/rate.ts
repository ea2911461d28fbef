/** Seconds over which a rate is averaged: steady enough to read, quick enough to believe. */
const WINDOW = 2;

/** Requests per second over the last moments. */
export class RateMeter {
  #marks: (readonly [time: number, total: number])[] = [];

  /**
   * @param time - seconds, from any fixed point
   * @param total - requests so far
   */
  mark(time: number, total: number): void {
    this.#marks = [...this.#marks.filter(([earlier]) => earlier >= time - WINDOW), [time, total]];
  }

  /** `null` before two marks. */
  perSecond(): number | null {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    if (first === undefined || last === undefined || last[0] <= first[0]) return null;
    return (last[1] - first[1]) / (last[0] - first[0]);
  }
}
