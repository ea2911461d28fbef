/** What a variant would save on a machine with this much memory for the fleet. Bytes, unless said otherwise. */
export interface Savings {
  readonly variant: string;
  readonly baseline: string;
  /** Memory that the fleet may take. */
  readonly budget: number;
  readonly workers: number;
  /** Where it was measured; few requests flatter whatever shares. */
  readonly requestsPerWorker: number;
  readonly bytes: number;
  readonly baselineBytes: number;
  /** What one more worker costs. */
  readonly perWorker: number;
  readonly baselinePerWorker: number;
  /** Workers that fit into the budget; 0: not one. */
  readonly fit: number;
  readonly baselineFit: number;
}
