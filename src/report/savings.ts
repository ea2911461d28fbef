import type { Savings } from "../model/savings.js";
import { count, megabytes } from "./numbers.js";

/** Requests per worker below which a full collection may not have run yet. */
const ENOUGH = 1000;

function line(one: Savings): string {
  const saved = one.baselineBytes - one.bytes;
  const what = saved < 0 ? `costs ${megabytes(-saved)} MB more` : `saves ${megabytes(saved)} MB`;
  const each = `${megabytes(one.perWorker)} MB a worker instead of ${megabytes(one.baselinePerWorker)} MB`;
  const workers = `${count(one.fit)} workers fit into ${megabytes(one.budget)} MB instead of ${count(one.baselineFit)}`;
  return `${one.variant} ${what} with ${count(one.workers)} workers; ${each}; ${workers}`;
}

/** What each variant would save, a line each, below the name of the variant that they are compared with. */
export function renderSavings(all: readonly Savings[]): string {
  const [first] = all;
  if (first === undefined) return "savings: nothing to compare; the baseline and another variant must be measured";
  const early = first.requestsPerWorker < ENOUGH ? ", too few to rely on: a worker's cost still grows" : "";
  const measured = `after ${count(first.requestsPerWorker)} requests per worker${early}`;
  const note = `${measured}; page tables included; workers that fit are an estimate: fixed cost plus so much a worker`;
  return [`Against ${first.baseline} (${note}):`, ...all.map((one) => `  ${line(one)}`)].join("\n");
}
