import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ServedCounter } from "../../../src/fleet/load/counter.js";
import { createLoad } from "../../../src/fleet/load/load.js";
import { compileMasks, References } from "../../../src/fleet/load/references.js";
import type { LoadSpec } from "../../../src/model/spec.js";

const WORKERS = 4;
const SPEC: LoadSpec = {
  paths: [
    { path: "/a", weight: 3, status: 200 },
    { path: "/missing", weight: 1, status: 404 },
  ],
  concurrency: 8,
  requestsPerWorker: 50,
  checkpoints: [0, 50],
  seed: 1,
  mask: ["token=\\d+"],
};

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function listen(handler: RequestListener): Promise<number> {
  server = createServer(handler).listen(0, "127.0.0.1");
  await new Promise((resolve) => server?.once("listening", resolve));
  return (server.address() as AddressInfo).port;
}

/** Answers as a fleet does: round robin over places; a process that has served `maxRequests` is replaced. */
function fleet(maxRequests = Number.POSITIVE_INFINITY, body: (request: number) => string = () => "page") {
  const slots = new Map<number, number>();
  const replaced: number[] = [];
  const current = Array.from({ length: WORKERS }, (_, slot) => ({ pid: 10 + slot, served: 0 }));
  for (const [slot, { pid }] of current.entries()) slots.set(pid, slot);
  let requests = 0;
  const handler: RequestListener = (request, response) => {
    const slot = requests % WORKERS;
    const worker = current[slot];
    if (worker === undefined) throw new Error("no worker");
    requests += 1;
    worker.served += 1;
    response.statusCode = request.url === "/missing" ? 404 : 200;
    response.setHeader("X-Majek-Worker", worker.pid).setHeader("X-Majek-Served", worker.served);
    response.end(request.url === "/missing" ? "no such page" : `${body(requests)} token=${requests}`);
    if (worker.served >= maxRequests) {
      current[slot] = { pid: worker.pid + 100, served: 0 };
      slots.set(worker.pid + 100, slot);
      replaced.push(worker.pid);
    }
  };
  return {
    handler,
    workers: { size: WORKERS, slotOf: (pid: number) => slots.get(pid), replaced },
    total: () => requests,
  };
}

const never = new AbortController().signal;
const references = () => new References(compileMasks(SPEC.mask));

async function loadOn(on: ReturnType<typeof fleet>, signal = never, maxRequests = 0) {
  const port = await listen(on.handler);
  return createLoad({ variant: "seal", port, workers: on.workers, maxRequests }, SPEC, references(), signal);
}

describe("the load", () => {
  it("sends nothing for checkpoint 0", async () => {
    const on = fleet();
    const sample = await (await loadOn(on)).runTo(0);
    expect(sample).toEqual({ requests: { mean: 0, min: 0, max: 0 }, failed: 0, throughput: null, latency: null });
    expect(on.total()).toBe(0);
  });

  it("runs until every worker has served its number, checkpoint after checkpoint", async () => {
    const on = fleet();
    const load = await loadOn(on);
    const early = await load.runTo(20);
    const late = await load.runTo(50);
    expect(early.requests.min).toBeGreaterThanOrEqual(20);
    expect(late.requests.min).toBeGreaterThanOrEqual(50);
    expect(late.requests.mean * WORKERS).toBe(on.total());
    expect(late.failed).toBe(0);
    expect(late.throughput).toBeGreaterThan(0);
    expect(late.latency?.p99).toBeGreaterThanOrEqual(late.latency?.p50 ?? Number.NaN);
  });

  it("counts a recycled worker on in its place", async () => {
    const on = fleet(7);
    const sample = await (await loadOn(on, never, 7)).runTo(30);
    expect(sample.requests.min).toBeGreaterThanOrEqual(30);
    expect(sample.requests.mean * WORKERS).toBe(on.total());
  });

  it.each([0, 8])("fails when a worker was replaced too early (maxRequests %i)", async (maxRequests) => {
    await expect((await loadOn(fleet(7), never, maxRequests)).runTo(30)).rejects.toMatchObject({
      code: "fleet",
      message: expect.stringMatching(/^worker 1\d of seal died under the load and was replaced$/),
    });
  });

  it("fails on a wrong body, saying what was expected and got", async () => {
    const on = fleet(undefined, (request) => (request >= 60 ? "pag3" : "page"));
    await expect((await loadOn(on)).runTo(50)).rejects.toMatchObject({
      code: "failed",
      message: expect.stringMatching(/^wrong answer from seal, worker \d+, request \d+ of client \d+$/),
      where: expect.stringMatching(/^GET http:\/\/127\.0\.0\.1:\d+\/a$/),
      details: expect.arrayContaining(["first difference at character 3", 'got      "pag3 [masked]"']),
    });
  });

  it("stops asking after a wrong answer", async () => {
    const on = fleet(undefined, (request) => (request >= 60 ? "pag3" : "page"));
    await (await loadOn(on)).runTo(50).catch(() => undefined);
    const total = on.total();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(on.total()).toBeLessThanOrEqual(total + SPEC.concurrency);
  });

  it("fails on a wrong status", async () => {
    const port = await listen((_, response) => response.writeHead(500).end("Traceback"));
    const load = createLoad(
      { variant: "seal", port, workers: fleet().workers, maxRequests: 0 },
      SPEC,
      references(),
      never,
    );
    await expect(load.runTo(1)).rejects.toMatchObject({
      details: [expect.stringMatching(/^expected status (200|404), got 500$/), 'the body begins "Traceback"'],
    });
  });

  it("counts broken connections as failed and goes on", async () => {
    const on = fleet();
    let seen = 0;
    const port = await listen((request, response) => {
      seen += 1;
      if (seen % 10 === 0) request.socket.destroy();
      else on.handler(request, response);
    });
    const load = createLoad({ variant: "seal", port, workers: on.workers, maxRequests: 0 }, SPEC, references(), never);
    const sample = await load.runTo(30);
    expect(sample.failed).toBeGreaterThan(5);
    expect(sample.requests.min).toBeGreaterThanOrEqual(30);
  });

  it("does not hammer a fleet that is away for a moment, and so sees it come back", async () => {
    const on = fleet();
    const back = performance.now() + 300;
    const port = await listen((request, response) => {
      if (performance.now() < back) request.socket.destroy();
      else on.handler(request, response);
    });
    const load = createLoad({ variant: "seal", port, workers: on.workers, maxRequests: 0 }, SPEC, references(), never);
    const sample = await load.runTo(5);
    expect(sample.requests.min).toBeGreaterThanOrEqual(5);
    expect(sample.failed).toBeLessThan(200);
  });

  it("gives up on a fleet that is gone", async () => {
    const port = await listen(() => undefined);
    server?.close();
    const load = createLoad(
      { variant: "seal", port, workers: fleet().workers, maxRequests: 0 },
      SPEC,
      references(),
      never,
    );
    await expect(load.runTo(1)).rejects.toMatchObject({ code: "fleet" });
  });

  it("stops at once when aborted, though no answer comes", async () => {
    const port = await listen(() => undefined);
    const controller = new AbortController();
    const load = createLoad(
      { variant: "seal", port, workers: fleet().workers, maxRequests: 0 },
      SPEC,
      references(),
      controller.signal,
    );
    const running = load.runTo(1);
    setTimeout(() => controller.abort(new Error("enough")), 50);
    await expect(running).rejects.toThrow("enough");
    await expect(load.runTo(1)).rejects.toThrow("enough");
  });

  it("reports how far it is", async () => {
    const seen: number[] = [];
    await (await loadOn(fleet())).runTo(50, ({ requests }) => seen.push(requests.min));
    expect(seen.at(-1)).toBeGreaterThanOrEqual(50);
  });
});

describe("the counter", () => {
  it("counts a process whose place becomes known later", () => {
    const slots = new Map<number, number>();
    const counter = new ServedCounter({ size: 1, slotOf: (pid) => slots.get(pid), replaced: [] });
    counter.record(5, 3);
    expect(counter.spread().min).toBe(0);
    slots.set(5, 0);
    counter.record(5, 2);
    expect(counter.spread()).toEqual({ mean: 3, min: 3, max: 3 });
  });
});
