import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collectionsAddress, fullCollections } from "../../../src/measure/collections.js";
import { digits } from "../../../src/measure/digits.js";
import { type LoadNow, pauseAfter, watchLive } from "../../../src/measure/live.js";
import { STRETCHES } from "../../../src/model/run.js";
import type { LiveSample } from "../../../src/model/run-event.js";
import { exampleRecord } from "../results/example-run.js";

const { sample } = exampleRecord(2000);
const NOW: LoadNow = { requests: { mean: 21, min: 20, max: 22 }, rate: 400, failed: 0, served: new Map([[12, 21]]) };
const cells = Array.from({ length: STRETCHES }, () => 1);

const answer = {
  ...sample,
  cpuNs: 14_000_000,
  workers: sample.workers.map((worker) => ({ ...worker, lostMap: cells, newMap: cells })),
};

/** Watches until so many samples came; the probe answers at once. */
async function watched(count: number, ask: (command: string) => Promise<Record<string, unknown>>) {
  const over = new AbortController();
  const samples: LiveSample[] = [];
  const request = { probe: { ask }, preload: true, collectionsAt: 4096, now: () => NOW };
  await watchLive(
    request,
    (one) => {
      samples.push(one);
      if (samples.length === count) over.abort();
    },
    over.signal,
  );
  return samples;
}

describe("looking at a fleet under load", () => {
  it("tells each worker's memory and requests, and freezes nothing", async () => {
    const commands: string[] = [];
    const [first] = await watched(1, async (command) => {
      commands.push(command);
      const values = [
        { pid: 1, value: 7 },
        { pid: 12, value: 9 },
      ];
      return command.startsWith("word") ? { values } : answer;
    });
    expect(commands).toEqual([`sample 1 map ${STRETCHES}`, "word 4096 1"]);
    expect(first).toMatchObject({ requestsPerWorker: 20, rate: 400, cost: { probe: 0.014, tool: 0 } });
    const [worker, other] = first?.workers ?? [];
    expect(worker).toMatchObject({ pid: 12, requests: 21, fullCollections: 2, lostBytes: 190 * 4096 });
    expect(worker?.lost).toHaveLength(STRETCHES);
    expect([other?.requests, other?.fullCollections]).toEqual([null, null]);
  });

  it("takes at most a hundredth of a core, however much a sample costs", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 10, noNaN: true }), (seconds) => {
        expect(seconds / (pauseAfter(seconds) / 1000)).toBeLessThanOrEqual(0.01 + 1e-12);
      }),
    );
    expect(pauseAfter(0.015)).toBe(1500);
    expect(pauseAfter(0)).toBe(500);
  });

  it("goes on without a sample that failed, and ends when told to", async () => {
    const over = new AbortController();
    const request = { probe: { ask: () => Promise.reject(new Error("gone")) }, preload: true, now: () => NOW };
    const watching = watchLive(request, () => undefined, over.signal);
    setTimeout(() => over.abort(), 20);
    await expect(watching).resolves.toBeUndefined();
  });

  it("waits until the load has said something", async () => {
    const over = new AbortController();
    const asked: string[] = [];
    const probe = {
      ask: async (command: string) => {
        asked.push(command);
        return answer;
      },
    };
    const watching = watchLive({ probe, preload: true, now: () => undefined }, () => undefined, over.signal);
    setTimeout(() => over.abort(), 20);
    await watching;
    expect(asked).toEqual([]);
  });
});

describe("a map", () => {
  it("has 0 only for nothing and 9 only for all of a stretch", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: STRETCHES, max: 100_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (p0, share) => {
          const all = (stretch: number): number =>
            Math.ceil(((stretch + 1) * p0) / STRETCHES) - Math.ceil((stretch * p0) / STRETCHES);
          const counts = Array.from({ length: STRETCHES }, (_, stretch) => Math.floor(share * all(stretch)));
          [...digits(counts, p0)].forEach((digit, stretch) => {
            expect(digit === "0").toBe(counts[stretch] === 0);
            expect(digit === "9").toBe(counts[stretch] === all(stretch));
          });
        },
      ),
    );
  });
});

describe("full collections", () => {
  it("are counted from the fork on, where the object map says where", async () => {
    expect(collectionsAddress('{"format": 1, "runtime": 140000000000, "thread": 1}')).toBe(
      140_000_000_000 + 88_400 + 7528 + 48,
    );
    expect(collectionsAddress("")).toBeUndefined();
    const values = [
      { pid: 1, value: 3 },
      { pid: 12, value: 5 },
      { pid: 13, value: 3 },
    ];
    const probe = { ask: async () => ({ values }) };
    expect(await fullCollections(probe, 4096)).toEqual(
      new Map([
        [12, 2],
        [13, 0],
      ]),
    );
    expect(await fullCollections(probe, undefined)).toEqual(new Map());
    expect(await fullCollections({ ask: () => Promise.reject(new Error("old probe")) }, 4096)).toEqual(new Map());
  });
});
