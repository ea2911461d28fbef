import { type ClientRequest, get, type IncomingMessage, request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import type { RecordedEvent } from "../../../src/model/run-event.js";
import { EventStream } from "../../../src/pipeline/events.js";
import { type Dashboard, serveDashboard } from "../../../src/report/dashboard/server.js";
import { exampleSample, STARTED } from "./example-events.js";

const FILES = { page: "<p>page</p>", script: "// script", style: "/* style */" };

let open: Dashboard | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

async function served() {
  const events = new EventStream();
  events.emit(STARTED);
  open = await serveDashboard(events, FILES);
  return { events, address: open.address };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

function ask(address: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(address, options, (response) => {
      let text = "";
      response.on("data", (part) => {
        text += String(part);
      });
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    asking.on("error", reject).end();
  });
}

/** A browser's stream: what came, and a way to hang up. */
function follow(address: string, last?: number) {
  const got: RecordedEvent[] = [];
  let notify = (): void => undefined;
  let text = "";
  const headers = last === undefined ? {} : { "Last-Event-ID": String(last) };
  const asking: ClientRequest = get(`${address}events`, { headers }, (response) => {
    response.on("data", (part) => {
      text += String(part);
      const parts = text.split("\n\n");
      text = parts.pop() ?? "";
      for (const message of parts) {
        const data = /^data: (.*)$/m.exec(message)?.[1];
        if (data !== undefined) got.push(JSON.parse(data));
      }
      notify();
    });
    response.on("error", () => undefined);
  });
  asking.on("error", () => undefined);
  const until = async (count: number): Promise<RecordedEvent[]> => {
    while (got.length < count)
      await new Promise<void>((resolve) => {
        notify = resolve;
      });
    return got;
  };
  return { until, end: () => asking.destroy() };
}

describe("the dashboard's server", () => {
  it("gives page, script and style to who has the token, with a policy that allows nothing from elsewhere", async () => {
    const { address } = await served();
    const page = await ask(address);
    expect([page.status, page.text]).toEqual([200, FILES.page]);
    expect(page.headers["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self'/);
    expect(page.headers["referrer-policy"]).toBe("no-referrer");
    expect((await ask(`${address}dashboard.js`)).headers["content-type"]).toMatch(/javascript/);
    expect((await ask(`${address}dashboard.css`)).text).toBe(FILES.style);
    expect((await ask(`${address}../package.json`)).status).toBe(403);
    expect((await ask(`${address}package.json`)).status).toBe(404);
  });

  it("listens on 127.0.0.1 alone", async () => {
    const { address } = await served();
    expect(new URL(address).hostname).toBe("127.0.0.1");
    await expect(ask(address.replace("127.0.0.1", "127.0.0.2"))).rejects.toThrow(/ECONNREFUSED/);
  });

  it.each(["", "x/", "events", "x/events"])("refuses a wrong or missing token: /%s", async (path) => {
    const { address } = await served();
    expect((await ask(new URL(`/${path}`, address).href)).status).toBe(403);
  });

  it.each([
    "attacker.example",
    "attacker.example:80",
    "127.0.0.1",
    "localhost",
  ])("refuses the host %j", async (host) => {
    const { address } = await served();
    expect((await ask(address, { headers: { host } })).status).toBe(403);
    expect((await ask(`${address}events`, { headers: { host } })).status).toBe(403);
  });

  it("reads only", async () => {
    const { address } = await served();
    expect((await ask(address, { method: "POST" })).status).toBe(405);
  });

  it("tells several viewers what was and what is, each once and in order", async () => {
    const { events, address } = await served();
    const viewers = [follow(address), follow(address)];
    await Promise.all(viewers.map(({ until }) => until(1)));
    events.emit({ event: "variant-started", variant: "seal" });
    events.emit({ event: "sample", variant: "seal", ...exampleSample(10) });
    for (const { until, end } of viewers) {
      expect((await until(3)).map(({ event }) => event)).toEqual(["run-started", "variant-started", "sample"]);
      end();
    }
  });

  it("tells who comes back what was missed, and no more", async () => {
    const { events, address } = await served();
    const first = follow(address);
    const [started] = await first.until(1);
    first.end();
    events.emit({ event: "variant-started", variant: "seal" });
    events.emit({ event: "paused", paused: true });
    const again = follow(address, started?.id);
    expect((await again.until(2)).map(({ event }) => event)).toEqual(["variant-started", "paused"]);
    again.end();
  });

  it("never waits for a viewer that does not read", async () => {
    const { events, address } = await served();
    const asleep = get(`${address}events`, (response) => response.pause());
    asleep.on("error", () => undefined);
    await new Promise((resolve) => asleep.on("response", resolve));
    const started = performance.now();
    for (let at = 0; at < 20_000; at += 1) events.emit({ event: "sample", variant: "seal", ...exampleSample(at) });
    expect(performance.now() - started).toBeLessThan(5000);
    await new Promise((resolve) => asleep.on("close", resolve).on("error", resolve));
    const awake = follow(address);
    expect((await awake.until(20_001)).length).toBe(20_001);
    awake.end();
  });

  it("ends with its viewers", async () => {
    const { address } = await served();
    const viewer = follow(address);
    await viewer.until(1);
    await open?.close();
    await expect(ask(address)).rejects.toThrow();
  });
});
