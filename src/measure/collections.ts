import { z } from "zod";
import { GENERATION_STATS, GENERATIONS, INTERPRETER } from "./blame/layout.js";
import type { ProbePort } from "./sample.js";

const OLDEST = 2;
const SECONDS = 20;

/** The master is the first process of its container. */
const MASTER = 1;

const words = z.object({ values: z.array(z.object({ pid: z.number(), value: z.number() })) });

/**
 * Where the interpreter counts the collections of its oldest generation (`interp->gc.generation_stats`).
 * @param map - the object map as text; "" or one that does not say: `undefined`
 */
export function collectionsAddress(map: string): number | undefined {
  const runtime = /"runtime": ?(\d+)/.exec(map)?.[1];
  // Python 2 has no `_PyRuntime`, and counts nothing.
  return runtime === undefined || runtime === "0"
    ? undefined
    : Number(runtime) + INTERPRETER + GENERATIONS.stats + OLDEST * GENERATION_STATS;
}

/**
 * Full collections of each worker since the fork, by pid; empty where they cannot be told. Reads the counters of the
 * processes, and writes nothing. A worker began with the count of the master, which serves nothing and so makes no
 * collections of its own.
 */
export async function fullCollections(
  probe: ProbePort,
  address: number | undefined,
): Promise<ReadonlyMap<number, number>> {
  if (address === undefined) return new Map();
  const answer = await probe.ask(`word ${address} ${MASTER}`, SECONDS).catch(() => undefined);
  const { data } = words.safeParse(answer);
  const master = data?.values.find(({ pid }) => pid === MASTER)?.value;
  if (data === undefined || master === undefined) return new Map();
  return new Map(
    data.values.filter(({ pid }) => pid !== MASTER).map(({ pid, value }) => [pid, Math.max(value - master, 0)]),
  );
}
