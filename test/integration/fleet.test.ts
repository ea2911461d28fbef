import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { LABELS } from "../../src/docker/labels.js";
import type { Engine, ExecResult } from "../../src/docker/types.js";
import { listFleets } from "../../src/fleet/find.js";
import { httpClient } from "../../src/fleet/load/client.js";
import { type BusyLabs, removeAll, removeStray } from "../../src/fleet/remove.js";
import { type StartedFleet, startFleet } from "../../src/fleet/start.js";
import { takeSample } from "../../src/measure/sample.js";
import { measureVariant } from "../../src/measure/variant.js";
import type { Checkpoint } from "../../src/model/run.js";
import { sampleRecordSchema } from "../../src/results/schema.js";
import {
  fleetRequest,
  leftovers,
  loadOn,
  NEVER,
  otherLabs,
  removeLeftovers,
  TEST_LAB,
  testEngine,
} from "./fleet-setup.js";

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine();
});
afterAll(() => removeLeftovers(engine));

describe("a fleet that serves", () => {
  let fleet: StartedFleet;
  beforeAll(async () => {
    fleet = await startFleet(engine, await fleetRequest(), NEVER);
  });
  afterAll(() => fleet.stop());

  const python = (code: string): Promise<ExecResult> => fleet.container.exec({ command: ["python3", "-c", code] });

  it("has served nothing when it is measured first", async () => {
    const client = httpClient(fleet.port, 20);
    const first = new Map<number | null, number | null>();
    for (let asked = 0; asked < 200 && first.size < 2; asked += 1) {
      const { pid, served } = await client.get("/json/");
      if (!first.has(pid)) first.set(pid, served);
    }
    client.destroy();
    expect([...first.values()]).toEqual([1, 1]);
  });

  it("is found by its labels", async () => {
    expect(await listFleets(engine, { lab: TEST_LAB })).toMatchObject([
      { lab: TEST_LAB, variant: "preload", owner: "integration-test", status: "running", port: fleet.port },
    ]);
    expect(await listFleets(engine, { lab: TEST_LAB, variant: "other" })).toEqual([]);
  });

  it("has no privilege", async () => {
    const { stdout } = await python("import os; print(os.getuid()); print(open('/proc/1/status').read())");
    expect(Number(stdout.split("\n")[0])).toBeGreaterThan(0);
    expect(stdout).toMatch(/^CapEff:\s+0+$/m);
    expect(stdout).toMatch(/^CapBnd:\s+0+$/m);
    expect(stdout).toMatch(/^NoNewPrivs:\s+1$/m);
  });

  it("can write to memory only", async () => {
    expect((await python("open('/srv/x', 'w')")).stderr).toMatch(/Read-only file system|Permission denied/);
    expect((await python("open('/run/majek/x', 'w'); open('/tmp/x', 'w')")).exitCode).toBe(0);
  });

  it("cannot connect to the outside", async () => {
    const { exitCode, stderr } = await python("import socket; socket.create_connection(('192.0.2.1', 80), timeout=3)");
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/TimeoutError|timed out|unreachable|no route/i);
  });

  it("is measured at checkpoints, and serves on", async () => {
    const request = await fleetRequest();
    const seen: Checkpoint[] = [];
    const measured = await measureVariant(
      { fleet, load: loadOn(fleet, request), checkpoints: [0, 20, 40], preload: true, workers: 2 },
      {
        checkpoint: async (checkpoint, raw) => {
          seen.push(checkpoint);
          const place = { schemaVersion: 1, run: request.run, lab: TEST_LAB, variant: "preload", requestsPerWorker: 0 };
          expect(sampleRecordSchema.parse({ ...place, ...raw }).sample.workers).toHaveLength(2);
        },
      },
    );
    expect(measured.checkpoints).toEqual(seen);
    const [start, , end] = seen;
    expect(start).toMatchObject({ requestsPerWorker: 0, throughput: null, failed: 0, method: "pfn" });
    expect(end?.requests.min).toBeGreaterThanOrEqual(40);
    expect(end?.workers).toHaveLength(2);
    expect(end?.p0Pages).toBe(start?.p0Pages);
    expect(end?.lostBytes).toBeGreaterThan(start?.lostBytes ?? Number.NaN);
    expect(end?.sharedFraction?.mean).toBeLessThan(start?.sharedFraction?.mean ?? Number.NaN);
    expect(end?.tmpfsBytes).toBeGreaterThan(0);
    expect((await fleet.container.inspect())?.status).toBe("running");
  });

  it("costs the same with a second fleet of its image beside it", async () => {
    const alone = (await takeSample(fleet.container, fleet.probe)).sample.fleetBytes ?? Number.NaN;
    const second = await startFleet(engine, await fleetRequest(), NEVER);
    const beside = (await takeSample(fleet.container, fleet.probe)).sample.fleetBytes ?? Number.NaN;
    await second.stop();
    expect(Math.abs(beside / alone - 1)).toBeLessThan(0.005);
  });
});

describe("the load on a real fleet", () => {
  afterEach(() => removeLeftovers(engine));

  it("follows recycled workers", async () => {
    const request = await fleetRequest({ fleet: { maxRequests: 7 } });
    const fleet = await startFleet(engine, request, NEVER);
    const sample = await loadOn(fleet, request).runTo(30);
    expect(sample.requests.min).toBeGreaterThanOrEqual(30);
    await fleet.stop();
  });

  it("fails when a worker died under it, though another one took its place", async () => {
    const request = await fleetRequest();
    const fleet = await startFleet(engine, request, NEVER);
    const load = loadOn(fleet, request);
    await load.runTo(20);
    const children = "open('/proc/1/task/1/children').read().split()";
    await fleet.container.exec({ command: ["python3", "-c", `import os; os.kill(int(${children}[0]), 9)`] });
    await expect(load.runTo(200)).rejects.toMatchObject({
      code: "fleet",
      message: expect.stringMatching(/^worker \d+ of preload died under the load and was replaced$/),
    });
    await fleet.stop();
  });

  // The standard library's demo application prints the client's port: no two of its bodies are equal.
  const changing = { app: { wsgi: "wsgiref.simple_server:demo_app", fixture: null, database: "none" } } as const;
  const only = [{ path: "/", weight: 1, status: 200 }];

  it("fails on a body that is not the same each time", async () => {
    const request = await fleetRequest({ ...changing, load: { paths: only, mask: [] } });
    const fleet = await startFleet(engine, request, NEVER);
    await expect(loadOn(fleet, request).runTo(20)).rejects.toMatchObject({
      code: "failed",
      message: expect.stringMatching(/^wrong answer from preload, worker \d+/),
      details: expect.arrayContaining([expect.stringMatching(/^first difference at character \d+/)]),
    });
    await fleet.stop();
  });

  it("accepts it where the lab masks what differs", async () => {
    const request = await fleetRequest({ ...changing, load: { paths: only, mask: ["\\n[^]*"] } });
    const fleet = await startFleet(engine, request, NEVER);
    expect((await loadOn(fleet, request).runTo(20)).failed).toBe(0);
    await fleet.stop();
  });

  it("says how the fleet died before it", async () => {
    const fleet = await startFleet(engine, await fleetRequest(), NEVER);
    await fleet.container.kill("SIGKILL");
    await expect(fleet.answers()).rejects.toMatchObject({
      code: "fleet",
      message: expect.stringContaining("exit code 137"),
    });
    await fleet.stop();
  });

  it("says how the fleet died under it", async () => {
    const request = await fleetRequest();
    const fleet = await startFleet(engine, request, NEVER);
    setTimeout(() => void fleet.container.kill("SIGKILL"), 500);
    const measuring = { fleet, load: loadOn(fleet, request), checkpoints: [1_000_000], preload: true, workers: 2 };
    await expect(measureVariant(measuring)).rejects.toMatchObject({
      code: "fleet",
      message: expect.stringContaining("the fleet ended with exit code 137"),
    });
    await fleet.stop();
  });
});

describe("a fleet that does not start", () => {
  it.each([
    ["has no application", { app: { wsgi: "nosuch:app" } }, /No module named 'nosuch'|cannot be loaded|exit code 4/],
    ["answers with another status", { load: { paths: [{ path: "/missing/", weight: 1, status: 200 }] } }, /404/],
    ["has too little memory", { fleet: { memoryBytes: 16_000_000 } }, /ran out of memory \(limit 16 MB\)/],
    ["takes too long", { waitTimeoutSeconds: 0.2 }, /waited 0\.2 s for the master/],
  ])("because it %s is explained and removed", async (_, changes, message) => {
    const starting = startFleet(engine, await fleetRequest(changes), NEVER);
    await expect(starting).rejects.toMatchObject({ code: "fleet", message: expect.stringMatching(message) });
    expect(await leftovers(engine)).toEqual([]);
  });

  it("because it answers with another status is explained, after its first checkpoint", async () => {
    const paths = [{ path: "/missing/", weight: 1, status: 200 }];
    const { variant, ...rest } = await fleetRequest({ load: { paths } });
    // Otherwise the warm-up, which asks for the same paths, is the first to notice.
    const environment = { ...variant.environment, MAJEK_LAB_WARMUP: "0" };
    const request = { ...rest, variant: { ...variant, environment } };
    const fleet = await startFleet(engine, request, NEVER);
    const seen: number[] = [];
    const measuring = { fleet, load: loadOn(fleet, request), checkpoints: [0, 20], preload: true, workers: 2 };
    const measured = measureVariant(measuring, {
      checkpoint: async ({ requestsPerWorker }) => void seen.push(requestsPerWorker),
    });
    await expect(measured).rejects.toMatchObject({
      code: "fleet",
      message: expect.stringContaining("GET /missing/ answered 404 instead of 200"),
    });
    expect(seen).toEqual([0]);
    await fleet.stop();
  });

  it("because of Ctrl-C is removed", async () => {
    const controller = new AbortController();
    const starting = startFleet(engine, await fleetRequest(), controller.signal);
    setTimeout(() => controller.abort(new Error("interrupted")), 700);
    await expect(starting).rejects.toThrow("interrupted");
    expect(await leftovers(engine)).toEqual([]);
  });
});

describe("removing", () => {
  it("takes paused fleets, twice at once", async () => {
    const fleet = await startFleet(engine, await fleetRequest(), NEVER);
    await fleet.container.pause();
    await Promise.all([removeLeftovers(engine), removeLeftovers(engine)]);
    expect(await leftovers(engine)).toEqual([]);
    await fleet.stop();
  });

  it("says which fleet is being removed", async () => {
    const fleet = await startFleet(engine, await fleetRequest(), NEVER);
    const said: string[] = [];
    const step = (title: string) => ({
      update: () => undefined,
      done: (detail?: string) => void said.push(`${title}: ${detail}`),
      fail: () => void said.push(`${title}: failed`),
    });
    await removeAll(engine, { lab: TEST_LAB }, { step });
    expect(said).toEqual([`Fleet ${TEST_LAB} ${fleet.variant}: removed`]);
  });

  it("of strays leaves serving fleets and busy labs alone", async () => {
    const request = await fleetRequest();
    const fleet = await startFleet(engine, request, NEVER);
    await fleet.detach();
    const busy =
      (...labs: readonly string[]): BusyLabs =>
      async () =>
        new Set([...(await otherLabs(engine)), ...labs]);
    await removeStray(engine, busy());
    expect(await listFleets(engine, { lab: TEST_LAB })).toHaveLength(1);
    await fleet.container.kill("SIGKILL");
    await fleet.container.wait();
    await removeStray(engine, busy(TEST_LAB));
    expect(await listFleets(engine, { lab: TEST_LAB })).toHaveLength(1);
    await removeStray(engine, busy());
    expect(await leftovers(engine)).toEqual([]);
  });

  it("of strays does not take what a command makes that began meanwhile", async () => {
    const request = await fleetRequest();
    let fleet: Awaited<ReturnType<typeof startFleet>> | undefined;
    await removeStray(engine, async () => {
      fleet = await startFleet(engine, request, NEVER);
      await fleet.container.kill("SIGKILL");
      await fleet.container.wait();
      return otherLabs(engine);
    });
    expect(await listFleets(engine, { lab: TEST_LAB })).toHaveLength(1);
    expect(await engine.networks.list({ [LABELS.lab]: TEST_LAB })).toHaveLength(1);
    await fleet?.stop();
  });

  it("of one variant leaves the run's network to the others", async () => {
    const request = await fleetRequest();
    const fleet = await startFleet(engine, request, NEVER);
    await removeAll(engine, { lab: TEST_LAB, variant: "other" });
    expect(await listFleets(engine, { run: request.run })).toHaveLength(1);
    await fleet.stop();
    expect(await leftovers(engine)).toEqual([]);
  });
});
