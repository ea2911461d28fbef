import { z } from "zod";
import { LabError } from "../model/errors.js";
import { LAYOUT } from "../model/guest.js";
import { type FleetSample, type ProcessSample, STRETCHES } from "../model/run.js";
import { digits } from "./digits.js";

/** What measuring needs of a probe; `fleet/` has one. */
export interface ProbePort {
  /** One command, e.g. `sample 1 rollup`; the answer's fields. */
  ask(command: string, timeoutSeconds: number): Promise<Readonly<Record<string, unknown>>>;
}

/** What measuring needs of the fleet's container. */
export interface Freezable {
  pause(): Promise<void>;
  unpause(): Promise<void>;
  /** `undefined` where it is gone. */
  inspect(): Promise<{ readonly status: string } | undefined>;
}

/** A fleet at one instant. */
export interface Instant {
  readonly sample: FleetSample;
  /** Used bytes of the fleet's run folder, which is memory too. */
  readonly tmpfsBytes: number;
}

/** The master is the first process of its container. */
const MASTER = 1;

/** Seconds: 64 workers of 500 MB take about one. */
const SAMPLING = 120;
const QUICK = 20;

const count = z.int().min(0);
const countOrNull = count.nullable();
const fraction = z.number().min(0).max(1);

const cells = z.array(count).length(STRETCHES).optional();

const process = z.object({
  pid: count,
  startTime: count,
  shared: countOrNull,
  lost: countOrNull,
  replaced: countOrNull,
  absent: countOrNull,
  sharedFraction: fraction.nullable(),
  newBytes: countOrNull,
  rss: count,
  pss: countOrNull,
  pageTableBytes: count,
  lostMap: cells,
  goneMap: cells,
});

function toProcess({ lostMap, goneMap, ...sample }: z.infer<typeof process>, p0Pages: number): ProcessSample {
  if (lostMap === undefined || goneMap === undefined) return sample;
  return { ...sample, maps: { lost: digits(lostMap, p0Pages), gone: digits(goneMap, p0Pages) } };
}

/** The probe's answer to `sample` (guest/probe/README.md). Fields that are not part of the format are dropped. */
const answer = z.object({
  // Nanoseconds since 1970 are beyond 2^53: the last digits are lost, and do not matter.
  takenNs: z.number().min(0),
  cpuNs: z.number().min(0),
  method: z.enum(["pfn", "exclusive", "smaps"]),
  pageSize: z.int().min(1),
  p0Pages: count,
  fleetBytes: countOrNull,
  lostBytes: countOrNull,
  idealBytes: countOrNull,
  kernelPss: countOrNull,
  pageTableBytes: count,
  masterRss: count,
  ksmPages: countOrNull,
  sharedFraction: z.object({ mean: fraction, min: fraction, max: fraction }).nullable(),
  master: process,
  workers: z.array(process),
});

const fleetSample: z.ZodType<FleetSample> = answer.transform((sample) => ({
  ...sample,
  master: toProcess(sample.master, sample.p0Pages),
  workers: sample.workers.map((worker) => toProcess(worker, sample.p0Pages)),
}));

const statfs = z.object({ usedBytes: count });

function checked<T>(schema: z.ZodType<T>, answer: unknown, command: string): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  throw new LabError("fleet", `the probe answered "${command}" with what does not fit its protocol`, {
    details: result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`),
    next: "majek-lab up LAB --recreate (the probe image may be of another release)",
  });
}

/**
 * Freezes the fleet, reads its page tables, and lets it go on, whatever happens.
 * @throws LabError "fleet" when the probe fails or its answer does not fit
 */
export async function takeSample(container: Freezable, probe: ProbePort): Promise<Instant> {
  await container.pause();
  const instant = await readFrozen(probe).catch(async (error: unknown) => {
    // The reason counts, not that a fleet or an engine that died meanwhile cannot go on.
    await container.unpause().catch(() => undefined);
    throw error;
  });
  await container.unpause();
  return instant;
}

async function readFrozen(probe: ProbePort): Promise<Instant> {
  const sampling = `sample ${MASTER} rollup map ${STRETCHES}`;
  const sample = checked(fleetSample, await probe.ask(sampling, SAMPLING), sampling);
  const asking = `statfs ${LAYOUT.run} ${MASTER}`;
  const { usedBytes } = checked(statfs, await probe.ask(asking, QUICK), asking);
  return { sample, tmpfsBytes: usedBytes };
}
