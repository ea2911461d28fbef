import { join } from "node:path";
import { z } from "zod";
import type { RunResult } from "../model/run.js";
import { readTextIfPresent } from "../system/files.js";

/** What a run of a lab took. */
const measured = z.strictObject({
  mode: z.enum(["up", "run", "short"]),
  /** Where it ended. */
  requestsPerWorker: z.int(),
  /** From the first fleet's start to the end; building is not part of it. */
  seconds: z.number(),
  /** Of the largest fleet; `null` where frames could not be counted. */
  fleetBytes: z.int().nullable(),
  cpus: z.int(),
  /** Processes that wanted a processor when it began; `null`: not recorded. */
  loadAverage: z.number().nullable(),
  /** ISO 8601, UTC. */
  startedAt: z.string(),
});

const measuredFile = z.strictObject({ schemaVersion: z.literal(1), labs: z.record(z.string(), measured) });

export type Measured = z.output<typeof measured>;
export type MeasuredFile = z.output<typeof measuredFile>;

const CARRIED = "measured in run ";

/** The remark on a variant whose fleet served already, and which `up` did not measure again. @param id - of the run that did */
export const carriedFrom = (id: string): string => `${CARRIED}${id}`;

/** What a run took; `undefined` where it did not come to its end, or did not measure all that it holds. */
export function measuredOf(run: RunResult): Measured | undefined {
  if (run.status !== "complete" || run.finishedAt === null) return undefined;
  const remarks = Object.values(run.variants).flatMap(({ warnings }) => warnings);
  if (remarks.some((remark) => remark.startsWith(CARRIED))) return undefined;
  const points = Object.values(run.variants).flatMap(({ checkpoints }) => checkpoints);
  const bytes = points.flatMap(({ fleetBytes }) => fleetBytes ?? []);
  const { cpus, loadAverage } = run.provenance.host;
  return {
    mode: run.mode,
    requestsPerWorker: Math.max(0, ...points.map(({ requestsPerWorker }) => requestsPerWorker)),
    seconds: (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000,
    fleetBytes: bytes.length === 0 ? null : Math.max(...bytes),
    cpus,
    loadAverage: loadAverage ?? null,
    startedAt: run.startedAt,
  };
}

/**
 * What short runs of the labs took that came with the package (`make measured`).
 * @param packageRoot - its absolute folder
 * @throws an error of the schema where the file is damaged; nothing is known where there is none
 */
export async function readMeasured(packageRoot: string): Promise<MeasuredFile["labs"]> {
  const text = await readTextIfPresent(join(packageRoot, "labs", "measured.json"));
  return text === undefined ? {} : measuredFile.parse(JSON.parse(text)).labs;
}
