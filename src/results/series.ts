import { dirname } from "node:path";
import type { RunResult } from "../model/run.js";
import { listRuns, type RunLocation } from "./locate.js";
import { readRun } from "./read.js";

/**
 * A run and the other passes of the same `run --repeats`, in the order they were measured; those that were broken off
 * are left out, the run itself is not.
 * @param location - of the run
 */
export async function readSeries(location: RunLocation): Promise<readonly RunResult[]> {
  const run = await readRun(location.directory);
  if (run.series === undefined) return [run];
  // The folder that holds the labs' folders.
  const near = (await listRuns(dirname(dirname(location.directory)))).filter(
    ({ lab, id }) => lab === run.lab && id !== run.id,
  );
  const others = await Promise.all(near.map(({ directory }) => readRun(directory).catch(() => undefined)));
  const passes = others.filter((other) => other !== undefined);
  const same = passes.filter(({ series, status }) => series === run.series && status === "complete");
  return [run, ...same].sort((a, b) => (a.id < b.id ? -1 : 1));
}
