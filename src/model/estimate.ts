/** A ratio with the interval that holds it with 95 % confidence. */
export interface RatioEstimate {
  /** Geometric mean of the pairs' ratios. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  readonly pairs: number;
}

/** A variant as a multiple of the baseline, over repeated runs; `null` where fewer than two runs can tell. */
export interface RepeatedComparison {
  readonly variant: string;
  readonly fleetBytes: RatioEstimate | null;
  readonly throughput: RatioEstimate | null;
}
