import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { LabError } from "../model/errors.js";
import { STRETCHES } from "../model/run.js";
import type { LiveProbeSample, LiveSample, LiveWorker } from "../model/run-event.js";
import { fullCollections } from "./collections.js";
import { digits } from "./digits.js";
import type { ProbePort } from "./sample.js";

/** Most of one core that looking at a fleet under load may take: the probe's time and the tool's. */
const SHARE = 0.01;

/** Least milliseconds between two samples: nobody reads faster. */
const LEAST_MS = 500;

/** Seconds: a fleet of any size has answered by then, or the probe is stuck. */
const SAMPLING = 120;

/** The master is the first process of its container. */
const MASTER = 1;

const count = z.int().min(0);
const countOrNull = count.nullable();
const fraction = z.number().min(0).max(1);
const cells = z.array(count).length(STRETCHES).optional();

const worker = z.object({
  pid: count,
  shared: countOrNull,
  lost: countOrNull,
  newBytes: countOrNull,
  lostMap: cells,
  goneMap: cells,
  newMap: cells,
});

type ProbedWorker = z.infer<typeof worker>;

const schema: z.ZodType<
  LiveProbeSample & { readonly cpuNs: number; readonly workers: readonly ProbedWorker[] },
  unknown
> = z.object({
  cpuNs: count,
  method: z.enum(["pfn", "exclusive", "smaps"]),
  pageSize: z.int().min(1),
  p0Pages: count,
  sharedFraction: z.object({ mean: fraction, min: fraction, max: fraction }).nullable(),
  fleetBytes: countOrNull,
  lostBytes: countOrNull,
  idealBytes: countOrNull,
  workers: z.array(worker),
});

/** What the load knows of a fleet now. */
export interface LoadNow extends Pick<LiveSample, "requests" | "rate" | "failed"> {
  /** Requests that each process has served, by pid. */
  readonly served: ReadonlyMap<number, number>;
}

export interface LiveRequest {
  readonly probe: ProbePort;
  readonly preload: boolean;
  /** Address of the interpreter's count of full collections, where it is known. */
  readonly collectionsAt?: number | undefined;
  /** `undefined` until the load has said something. */
  now(): LoadNow | undefined;
}

/**
 * Milliseconds until the next sample, so that all of them together take at most a hundredth of a core.
 * @param seconds - processor time that the last one took
 */
export function pauseAfter(seconds: number): number {
  return Math.max(LEAST_MS, (seconds / SHARE) * 1000);
}

function bytes(pages: number | null, pageSize: number): number | null {
  return pages === null ? null : pages * pageSize;
}

/** Looks at a fleet that runs. */
async function look(request: LiveRequest, now: LoadNow, toolSeconds: number): Promise<readonly [LiveSample, number]> {
  const command = `sample ${MASTER} map ${STRETCHES}`;
  const answer = await request.probe.ask(command, SAMPLING);
  const collections = await fullCollections(request.probe, request.collectionsAt);
  const started = performance.now();
  const { data } = schema.safeParse(answer);
  if (data === undefined) {
    throw new LabError("fleet", `the probe answered "${command}" with what does not fit its protocol`, {
      next: "majek-lab up LAB --recreate (the probe image may be of another release)",
    });
  }
  const { requests, rate, failed, served } = now;
  const { p0Pages, pageSize, method, fleetBytes, lostBytes, idealBytes } = data;
  const workers = data.workers.map(
    ({ pid, shared, lost, newBytes, lostMap, goneMap, newMap }): LiveWorker => ({
      pid,
      requests: served.get(pid) ?? null,
      sharedBytes: bytes(shared, pageSize),
      lostBytes: bytes(lost, pageSize),
      newBytes,
      fullCollections: collections.get(pid) ?? null,
      lost: digits(lostMap, p0Pages),
      gone: digits(goneMap, p0Pages),
      fresh: digits(newMap, p0Pages),
    }),
  );
  const sample = {
    requestsPerWorker: requests.min,
    requests,
    rate,
    failed,
    p0Bytes: p0Pages * pageSize,
    // P0 of a fleet without preload is the bare server.
    sharedFraction: request.preload ? data.sharedFraction : null,
    fleetBytes,
    lostBytes,
    idealBytes,
    method,
    workers,
    cost: { probe: data.cpuNs / 1e9, tool: toolSeconds },
  };
  return [sample, started];
}

/**
 * Looks at a fleet under load again and again, without freezing it, until told to end. How often follows from what it
 * costs. A sample that fails is left out: checkpoints say what is wrong.
 * @param take - gets each sample; its time counts as the tool's
 * @param signal - ends it, after the sample under way
 */
export async function watchLive(
  request: LiveRequest,
  take: (sample: LiveSample) => void,
  signal: AbortSignal,
): Promise<void> {
  let tool = 0;
  while (!signal.aborted) {
    const now = request.now();
    let pause = LEAST_MS;
    try {
      if (now !== undefined) {
        const [sample, started] = await look(request, now, tool);
        take(sample);
        tool = (performance.now() - started) / 1000;
        pause = pauseAfter(sample.cost.probe + tool);
      }
    } catch {
      pause = SAMPLING * 1000;
    }
    await delay(pause, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
