import type { Comparison } from "../model/comparison.js";
import { count, megabytes, percent, ratio } from "./numbers.js";

function cost({ workers, bytes, baselineBytes, baseline, ratio: times, measure }: Comparison): string {
  const unit = measure === "kernelPss" ? "MB (kernel PSS)" : "MB";
  return `${count(workers)} workers use ${megabytes(bytes)} ${unit} instead of ${megabytes(baselineBytes)} ${unit} (${ratio(times)} x ${baseline})`;
}

function sharing({ sharedFraction, requestsPerWorker }: Comparison): string {
  const when = `after ${count(requestsPerWorker)} requests per worker`;
  if (sharedFraction === null) return when;
  return `${percent(sharedFraction)} of the preloaded pages still shared ${when}`;
}

/**
 * One sentence that says what a variant is worth, e.g. `seal: 8 workers use 71.0 MB instead of 241.0 MB
 * (0.29 x preload), 97 % of the preloaded pages still shared after 2,000 requests per worker`.
 */
export function verdictSentence(comparison: Comparison): string {
  const unlike = comparison.warmups;
  const caution =
    unlike === null ? "" : ` [warmed up differently: ${count(unlike[0])} and ${count(unlike[1])} requests]`;
  return `${comparison.variant}: ${cost(comparison)}, ${sharing(comparison)}${caution}`;
}

/** The comparison to lead with: the last variant of the lab that was measured, which is the one the lab is about. */
export function headline(comparisons: readonly Comparison[]): Comparison | undefined {
  return comparisons.at(-1);
}
