/** One variant beside the baseline, at the largest checkpoint both have reached. Memory in bytes. */
export interface Comparison {
  readonly variant: string;
  readonly baseline: string;
  readonly workers: number;
  readonly requestsPerWorker: number;
  /** What `bytes` counts: distinct frames, or kernel PSS where frame numbers cannot be read. */
  readonly measure: "fleetBytes" | "kernelPss";
  readonly bytes: number;
  readonly baselineBytes: number;
  /** bytes / baselineBytes. */
  readonly ratio: number;
  /** Mean shared fraction of the variant; `null` where nothing was preloaded. */
  readonly sharedFraction: number | null;
  /** Throughput of the variant divided by the baseline's; `null` where one of them sent nothing. */
  readonly throughputRatio: number | null;
  /** Warm-up requests of variant and baseline, when they differ: such a comparison is not like with like. */
  readonly warmups: readonly [number, number] | null;
}
