import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Faults, FULL, LAB, prepareFaults, SLOW, SMALL } from "./faults.js";
import type { Running } from "./tool.js";

let faults: Faults;

beforeAll(async () => {
  faults = await prepareFaults();
});

afterAll(() => faults.close());

const GONE = /^majek-lab: the container engine went away\n {2}at .+\n {2}.+\n {2}next: start it again .+\n$/m;

/** Kills the engine, expects the tool to say so at once, and starts the engine again. */
async function killEngine(running: Running): Promise<void> {
  await faults.engine.kill();
  const { code, stderr } = await running.ended;
  expect([code, stderr]).toEqual([4, expect.stringMatching(GONE)]);
  await faults.engine.start();
}

describe("an engine that is killed", () => {
  afterEach(async () => {
    await faults.succeed(["down", "--all"]);
    await faults.succeed(["prune"]);
    expect(await faults.engine.leftovers()).toEqual([]);
  });

  it("while it builds: said, and built the next time", async () => {
    const building = faults.start(["build", SLOW]);
    await building.matched(/Application.*preparing/);
    await killEngine(building);
    await faults.succeed(["build", SLOW]);
  });

  it.runIf(FULL)("while it loads an image: said, and loaded the next time", async () => {
    const loading = faults.start(["up", LAB, ...SMALL, "--requests", "20", "--detach"]);
    await loading.matched(/step-started.*localhost.majek-lab.django/);
    await killEngine(loading);
    await faults.succeed(["up", LAB, ...SMALL, "--requests", "20", "--detach"]);
  });

  it("while a fleet boots: said long before the time for booting is over", async () => {
    const booting = faults.start(["up", LAB, "--variant", "preload", "--wait-timeout", "3600", "--detach"]);
    await booting.matched(/"event":"variant-started"/);
    const running = (): Promise<string> => faults.engine.docker("ps", "--format", "{{.Names}}");
    await expect.poll(running, { interval: 50, timeout: 60_000 }).toContain("-fleet");
    await killEngine(booting);
  });

  it("while the load runs: said, and the next up replaces the fleet", async () => {
    const loading = faults.start(["up", LAB, ...SMALL, "--requests", "100000", "--detach"]);
    await loading.matched(/"event":"progress".*"min":[1-9]/);
    await killEngine(loading);
    await faults.succeed(["up", LAB, ...SMALL, "--requests", "20", "--detach"]);
    await faults.succeed(["check", "latest"]);
  });
});
