/** Each bucket is this much wider than the one before: a percentile is off by at most half of it, 0.5 %. */
const GROWTH = 1.01;

/** Shortest time told apart, in seconds. */
const SHORTEST = 10e-6;

/** Reaches beyond five minutes. */
const BUCKETS = 1760;

/** Latencies in buckets of one percent: constant memory, however long the load runs. */
export class Histogram {
  readonly #buckets = new Uint32Array(BUCKETS);
  #count = 0;

  /** @param seconds - what one request took */
  add(seconds: number): void {
    const index = Math.floor(Math.log(Math.max(seconds, SHORTEST) / SHORTEST) / Math.log(GROWTH));
    const bucket = Math.min(index, BUCKETS - 1);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#count += 1;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * The time within which a share of the requests was answered (nearest rank).
   * @param share - e.g. 0.99
   * @returns seconds, or `null` without requests
   */
  percentile(share: number): number | null {
    if (this.#count === 0) return null;
    const rank = Math.max(Math.ceil(share * this.#count), 1);
    let seen = 0;
    const bucket = this.#buckets.findIndex((count) => {
      seen += count;
      return seen >= rank;
    });
    return SHORTEST * GROWTH ** (bucket + 0.5);
  }
}
