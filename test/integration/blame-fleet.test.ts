import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/docker/types.js";
import { startFleet } from "../../src/fleet/start.js";
import { blameFleet } from "../../src/measure/blame/blame.js";
import { takeSample } from "../../src/measure/sample.js";
import type { BlameResult } from "../../src/model/blame.js";
import type { FleetSample } from "../../src/model/run.js";
import { fleetRequest, loadOn, NEVER, removeLeftovers, testEngine } from "./fleet-setup.js";

const HEADING = { run: "test", lab: "integration-fleet", variant: "preload", requestsPerWorker: 20 };

interface Measured {
  readonly sample: FleetSample;
  readonly blamed: BlameResult | null;
}

/** A fleet that has served a little, with or without what blame does at the gate. */
async function measured(engine: Engine, blame: boolean): Promise<Measured> {
  const request = await fleetRequest({ blame });
  const fleet = await startFleet(engine, request, NEVER);
  try {
    await fleet.answers();
    await loadOn(fleet, request).runTo(20);
    const { sample } = await takeSample(fleet.container, fleet.probe);
    const blamed = fleet.saved === null ? null : await blameFleet(fleet, fleet.saved, HEADING);
    return { sample, blamed };
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
