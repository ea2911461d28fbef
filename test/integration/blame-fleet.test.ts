import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/docker/types.js";
import { startFleet } from "../../src/fleet/start.js";
import { blameFleet } from "../../src/measure/blame/blame.js";
import { packCapture, unpackCapture } from "../../src/measure/blame/packed.js";
import { viewPage } from "../../src/measure/blame/page-view.js";
import { takeSample } from "../../src/measure/sample.js";
import type { BlamedPage, BlameResult, Verdict } from "../../src/model/blame.js";
import type { FleetSample } from "../../src/model/run.js";
import { fleetRequest, loadOn, NEVER, removeLeftovers, testEngine } from "./fleet-setup.js";

const HEADING = { run: "test", lab: "integration-fleet", variant: "preload", requestsPerWorker: 20 };

interface Measured {
  readonly sample: FleetSample;
  readonly blamed: BlameResult | null;
  readonly packed: Buffer | undefined;
}

/** A fleet that has served a little, with or without what blame does at the gate. */
async function measured(engine: Engine, blame: boolean): Promise<Measured> {
  const request = await fleetRequest({ blame });
  const fleet = await startFleet(engine, request, NEVER);
  try {
    await fleet.answers();
    await loadOn(fleet, request).runTo(20);
    const { sample } = await takeSample(fleet.container, fleet.probe);
    const found = fleet.saved === null ? undefined : await blameFleet(fleet, fleet.saved, HEADING);
    return { sample, blamed: found?.result ?? null, packed: found && packCapture(found.capture) };
  } finally {
    await fleet.stop();
  }
}

describe("blame of a running fleet", () => {
  let engine: Engine;
  let plain: Measured;
  let blamed: Measured;

  beforeAll(async () => {
    engine = await testEngine();
    plain = await measured(engine, false);
    blamed = await measured(engine, true);
  }, 240_000);

  afterAll(() => removeLeftovers(engine));

  it("is left out where nobody asked for it", () => {
    expect(plain.blamed).toBeNull();
  });

  it("blames the pages that the probe counts as lost", () => {
    const { blamed: result, sample } = blamed;
    const lost = sample.workers.map((worker) => [worker.pid, worker.lost ?? 0] as const);
    const found = new Map(result?.processes.map((process) => [process.pid, process.lost]));
    // The fleet goes on between the two: what it writes then is a few pages more.
    for (const [pid, pages] of lost) {
      expect(found.get(pid)).toBeGreaterThanOrEqual(pages);
      expect(found.get(pid)).toBeLessThan(pages + 50);
    }
  });

  it("shows single pages, with the causes that the whole result has", () => {
    const { blamed: result, packed } = blamed;
    const capture = unpackCapture(packed as Buffer);
    const pages = result?.pages.filter(({ verdicts }) => verdicts.length > 0) ?? [];
    for (const { address, verdicts } of [0, 0.3, 0.6, 0.9].map(
      (at) => pages[Math.floor(at * pages.length)] as BlamedPage,
    )) {
      const view = viewPage(capture, Number(address));
      expect(view?.address).toBe(address);
      const pids = verdicts.flatMap(({ processes }) => processes.map((index) => result?.processes[index]?.pid));
      expect(view?.processes.map(({ pid }) => pid).sort()).toEqual(pids.sort());
      for (const { pid, words } of view?.processes ?? []) {
        const index = result?.processes.findIndex((process) => process.pid === pid) ?? -1;
        const { subjects } = verdicts.find(({ processes }) => processes.includes(index)) as Verdict;
        const known = new Set(subjects.map((one) => result?.subjects[one]?.cause));
        for (const { cause, before, now } of words) {
          expect(known).toContain(cause);
          expect(before).not.toBe(now);
        }
      }
      const [first, last] = [view?.objects[0], view?.objects.at(-1)];
      expect(first === undefined || (first.offset < 4096 && (last?.offset ?? 0) < 4096)).toBe(true);
    }
    expect(() => unpackCapture((packed as Buffer).subarray(0, -1))).toThrow();
    expect(viewPage(capture, 4096)).toBeUndefined();
  });

  it("names nearly all", () => {
    expect(blamed.blamed?.namedFraction).toBeGreaterThanOrEqual(0.95);
    expect(blamed.blamed?.modules.map(({ name }) => name)).toContain("gunicorn.http.message");
  });

  it("leaves the master's pages as they are without it", () => {
    // What a boot makes differs by a page or two from one to the next.
    expect(Math.abs(blamed.sample.p0Pages - plain.sample.p0Pages)).toBeLessThan(8);
    expect(blamed.blamed?.p0Pages).toBe(blamed.sample.p0Pages);
  });
});
