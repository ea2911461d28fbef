import type { Checkpoint } from "../model/run.js";

/** Workers that have served this much more than the checkpoint's number, on average, make points hard to compare. */
const OVERSHOOT = 0.1;
/** A single worker this far above it has a number of its own, which the average of many hides. */
const OVERSHOOT_OF_ONE = 0.5;

/** A page in common with another container's heap is counted as shared, though no fork shared it. */
function ksmWarning({ ksmPages }: Checkpoint): string | undefined {
  return ksmPages !== null && ksmPages > 0
    ? `${ksmPages} pages were merged by KSM; switch it off for this host`
    : undefined;
}

function failedWarning({ failed }: Checkpoint): string | undefined {
  return failed > 0 ? `${failed} requests failed (the connection broke before an answer)` : undefined;
}

/** Names the checkpoints that were overshot. The slowest worker decides when one is reached; the others go on until then. */
function overshootWarning(checkpoints: readonly Checkpoint[]): string | undefined {
  const over = checkpoints.filter(({ requestsPerWorker, requests: { mean, max } }) => {
    const limits = [mean - requestsPerWorker * (1 + OVERSHOOT), max - requestsPerWorker * (1 + OVERSHOOT_OF_ONE)];
    return requestsPerWorker > 0 && limits.some((excess) => excess > 0);
  });
  if (over.length === 0) return undefined;
  const points = over.map(({ requestsPerWorker, requests: { mean, max } }) => {
    const more = (value: number): string => `+${Math.round((value / requestsPerWorker - 1) * 100)} %`;
    return `${requestsPerWorker} (mean ${more(mean)}, most ${more(max)})`;
  });
  return `workers were loaded unevenly and served more than their number at ${points.join(", ")}`;
}

function processWarnings(checkpoints: readonly Checkpoint[], workers: number): readonly (string | undefined)[] {
  const counts = checkpoints.map((point) => point.workers.length);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  return [
    fewest < workers ? `some samples do not show all ${workers} workers, because one was being replaced` : undefined,
    most > workers
      ? `up to ${most} processes beside the master were measured as workers, though there are ${workers}: the application starts processes of its own`
      : undefined,
  ];
}

/** What a reader of these points should know before trusting them. */
export function warningsOf(checkpoints: readonly Checkpoint[], workers: number): readonly string[] {
  const last = checkpoints.at(-1);
  if (last === undefined) return [];
  return [
    overshootWarning(checkpoints),
    failedWarning(last),
    ksmWarning(last),
    ...processWarnings(checkpoints, workers),
  ].filter((warning) => warning !== undefined);
}
