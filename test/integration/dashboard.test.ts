import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { EventStream } from "../../src/pipeline/events.js";
import { type Dashboard, serveDashboard } from "../../src/report/dashboard/server.js";
import { dashboardFiles } from "../../src/report/html/dashboard.js";
import { exampleSample, STARTED } from "../unit/report/example-events.js";
import { exampleCheckpoint } from "../unit/results/example-run.js";

// Texts that are waited for are found by selectors: the page's policy lets nobody evaluate a text a second time.
const ROOT = resolve(import.meta.dirname, "../..");
const AXE = resolve(ROOT, "node_modules/axe-core/axe.min.js");

let browser: Browser;
let dashboard: Dashboard;
let events: EventStream;

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
});
afterAll(() => browser.close());

async function serve(): Promise<void> {
  events = new EventStream();
  dashboard = await serveDashboard(events, await dashboardFiles(resolve(ROOT, "templates"), "django-8workers"));
}
afterEach(() => dashboard.close());

/** A run in the middle of its second variant. */
function playHalf(): void {
  events.emit(STARTED);
  events.emit({ event: "variant-started", variant: "preload" });
  events.emit({
    event: "checkpoint",
    variant: "preload",
    checkpoint: exampleCheckpoint(0, { fleetBytes: 52_000_000 }),
  });
  events.emit({ event: "sample", variant: "preload", ...exampleSample(800), fleetBytes: 190_000_000 });
  events.emit({
    event: "checkpoint",
    variant: "preload",
    checkpoint: exampleCheckpoint(2000, { fleetBytes: 241_300_000 }),
  });
  events.emit({ event: "variant-finished", variant: "preload", outcome: "done" });
  events.emit({ event: "variant-started", variant: "seal" });
  events.emit({ event: "loading", variant: "seal", requestsPerWorker: 2000 });
  events.emit({ event: "sample", variant: "seal", ...exampleSample(412) });
}

async function open(options: Parameters<Browser["newPage"]>[0] = {}) {
  const page = await browser.newPage(options);
  const said: string[] = [];
  const requested: string[] = [];
  // Chromium has advice for who reads a canvas, which this test does and the page does not.
  page.on("console", (message) => message.text().startsWith("Canvas2D") || said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  page.on("request", (request) => requested.push(request.url()));
  await page.goto(dashboard.address);
  return { page, said, requested };
}

const row = (page: Page, variant: string): Promise<string> =>
  page.locator(`#fleets tr:has(th:text-is("${variant}"))`).innerText();

/** Colours of the map's first row, at the left and at the right. */
function ends(page: Page): Promise<string> {
  return page.evaluate(`(() => {
    const canvas = document.getElementById("heat");
    const at = (x) => [...canvas.getContext("2d").getImageData(x, 2, 1, 1).data].slice(0, 3).join(",");
    return at(2) + " " + at(canvas.width - 3);
  })()`);
}

describe("the dashboard in a browser", () => {
  it.each([
    "light",
    "dark",
  ] as const)("shows what was and what happens, in %s, and asks nobody else", async (colorScheme) => {
    await serve();
    playHalf();
    const { page, said, requested } = await open({ colorScheme });
    await page.waitForSelector("#workers tr");
    expect(await row(page, "preload")).toMatch(/done\s+2,000 \/ 2,000\s+241\.3/);
    expect(await row(page, "seal")).toMatch(/loading\s+412 \/ 2,000\s+498\s+70\.1\s+64\.8\s+97 %\s+5\.3/);
    expect(await page.locator("#workers tr").count()).toBe(2);
    const [left, right] = (await ends(page)).split(" ");
    expect([left, right]).toEqual(colorScheme === "light" ? ["47,129,183", "196,67,43"] : ["88,166,216", "255,123,99"]);
    events.emit({ event: "paused", paused: true });
    events.emit({ event: "verdict", text: "With seal, 71 % less." });
    await page.waitForSelector('#verdict:text-is("With seal, 71 % less.")');
    await page.waitForSelector('#fleets:has-text("paused")');
    // A workshop's feed goes on with the next run: nothing is left of this one.
    events.emit({ ...STARTED, lab: "gc-timing" } as typeof STARTED);
    await page.waitForSelector('#lab:text-is("gc-timing")');
    await page.waitForSelector('#verdict:text-is("No verdict yet.")');
    expect(await page.locator("#state").innerText()).toBe("");
    expect(await page.title()).toBe("gc-timing, live");
    expect(said).toEqual([]);
    expect(requested.every((url) => url.startsWith(dashboard.address) || url.startsWith("data:"))).toBe(true);
    await page.close();
  });

  it("says the same to who comes late, though progress is not recorded", async () => {
    await serve();
    playHalf();
    const { page } = await open();
    await page.waitForSelector("#workers tr");
    const requests = { mean: 2010, min: 2001, max: 2020 };
    events.emit({ event: "progress", variant: "seal", requests, rate: 500, failed: 0 });
    await page.waitForSelector('#fleets td:text-is("2,001 / 2,000")');
    events.emit({ event: "measuring", variant: "seal" });
    const checkpoint = exampleCheckpoint(2000, { requests, fleetBytes: 77_800_000 });
    events.emit({ event: "checkpoint", variant: "seal", checkpoint });
    await page.waitForSelector('#fleets td:text-is("77.8")');
    const late = await open();
    await late.page.waitForSelector('#fleets td:text-is("77.8")');
    expect(await row(late.page, "seal")).toBe(await row(page, "seal"));
    await late.page.close();
    await page.close();
  });

  it("updates its map", async () => {
    await serve();
    playHalf();
    const { page } = await open();
    await page.waitForSelector("#workers tr");
    const before = await ends(page);
    const sample = exampleSample(900);
    const workers = sample.workers.map((worker) => ({ ...worker, lost: "9".repeat(96) }));
    events.emit({ event: "sample", variant: "seal", ...sample, workers });
    await page.waitForSelector('#heat[aria-label*="100 %"]');
    expect(await ends(page)).not.toBe(before);
    await page.close();
  });

  it("comes back after the connection broke, with all that happened meanwhile, once", async () => {
    await serve();
    playHalf();
    const { page } = await open();
    await page.waitForSelector("#link.on");
    await page.context().setOffline(true);
    const dots = (): Promise<number> => page.locator("#chart circle").count();
    const seen = await dots();
    dashboard.dropViewers();
    await page.waitForSelector("#link:not(.on)");
    events.emit({ event: "checkpoint", variant: "seal", checkpoint: exampleCheckpoint(2000) });
    events.emit({ event: "variant-finished", variant: "seal", outcome: "done" });
    await page.context().setOffline(false);
    await page.waitForSelector("#link.on", { timeout: 20_000 });
    await page.locator('#fleets td:text-is("done")').nth(1).waitFor();
    expect(await dots()).toBe(seen + 1);
    await page.close();
  });

  it("serves several viewers, and keeps its last state when the command has ended", async () => {
    await serve();
    playHalf();
    const viewers = [await open(), await open()];
    for (const { page } of viewers) await page.waitForSelector("#workers tr");
    events.emit({ event: "variant-finished", variant: "seal", outcome: "done" });
    events.emit({ event: "finished", status: "complete" });
    for (const { page } of viewers) await page.waitForSelector('#state:text-is("The run is over.")');
    await dashboard.close();
    for (const { page } of viewers) {
      await page.waitForSelector('#link:text("the command has ended")');
      expect(await row(page, "seal")).toContain("70.1");
      await page.close();
    }
  });

  it.each([
    "light",
    "dark",
  ] as const)("has no fault that axe finds, in %s, and works with the keyboard", async (colorScheme) => {
    await serve();
    playHalf();
    const { page } = await open({ colorScheme, bypassCSP: true, viewport: { width: 1000, height: 800 } });
    await page.waitForSelector("#workers tr");
    await page.addScriptTag({ content: await readFile(AXE, "utf8") });
    const found = await page.evaluate(
      `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")))`,
    );
    expect(found).toEqual([]);
    await page.locator("#choice input").first().focus();
    await page.keyboard.press("ArrowDown");
    expect(await page.locator("#detail-title").innerText()).toBe("Workers of preload");
    await page.close();
  });

  it.each([1280, 390])("fits a window of %d pixels", async (width) => {
    await serve();
    playHalf();
    const { page } = await open({ viewport: { width, height: 800 } });
    await page.waitForSelector("#workers tr");
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    await page.close();
  });
});
