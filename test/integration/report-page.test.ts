import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunResult } from "../../src/model/run.js";
import { examplePage } from "../unit/report/example-page.js";
import { exampleRun } from "../unit/results/example-run.js";

const AXE = resolve(import.meta.dirname, "../../node_modules/axe-core/axe.min.js");

/** With names and texts as long as those of the labs that come with the tool. */
function longRun(): RunResult {
  const run = exampleRun();
  const named = { "type-attribute-cache-seal.patch": "3".repeat(64), "gc-seal.patch": "4".repeat(64) };
  return {
    ...run,
    provenance: { ...run.provenance, patches: { "3.13+majek": named } },
    expectations: [
      {
        expression: "(read-objects.lostBytes - nothing.lostBytes) / 16384 > 0.8 * 162",
        status: "met",
        explanation: "152.3 > 129.6 at 20 requests per worker",
      },
    ],
  };
}

let folder: string;
let address: string;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "majek-report-"));
  const file = join(folder, "report.html");
  await writeFile(file, await examplePage(longRun()));
  address = pathToFileURL(file).href;
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
});
afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

interface Opened {
  readonly page: Page;
  readonly said: string[];
  readonly requested: string[];
}

async function open(options: Parameters<Browser["newPage"]>[0]): Promise<Opened> {
  const page = await browser.newPage(options);
  const said: string[] = [];
  const requested: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  page.on("request", (request) => requested.push(request.url()));
  await page.goto(address);
  return { page, said, requested };
}

describe("the report in a browser", () => {
  it.each([
    ["light", true],
    ["dark", true],
    ["light", false],
  ] as const)("renders in %s, scripts allowed: %s, asks nobody and says nothing", async (colorScheme, scripts) => {
    const { page, said, requested } = await open({ colorScheme, javaScriptEnabled: scripts });
    const charts = await page.locator("figure svg").all();
    expect(charts.length).toBeGreaterThanOrEqual(5);
    for (const chart of charts) {
      const box = await chart.boundingBox();
      expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThan(50);
    }
    expect(said).toEqual([]);
    expect(requested).toEqual([address]);
    await page.close();
  });

  it("draws with the colours of its scheme", async () => {
    const colour = async (colorScheme: "light" | "dark"): Promise<unknown> => {
      const { page } = await open({ colorScheme });
      const bar = `document.querySelector('svg path[fill="var(--copied)"]')`;
      const fill = await page.evaluate(`getComputedStyle(${bar}).fill`);
      await page.close();
      return fill;
    };
    expect(await colour("light")).toBe("rgb(196, 67, 43)");
    expect(await colour("dark")).toBe("rgb(255, 123, 99)");
  });

  it.each(["light", "dark"] as const)("has no fault that axe finds, in %s", async (colorScheme) => {
    // The page's own policy forbids scripts, axe too.
    const { page } = await open({ colorScheme, bypassCSP: true });
    await page.addScriptTag({ content: await readFile(AXE, "utf8") });
    const found = await page.evaluate(async () => {
      const axe = (
        globalThis as unknown as {
          axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        }
      ).axe;
      return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    });
    expect(found).toEqual([]);
    await page.close();
  });

  it.each([1280, 375])("fits a window of %d pixels, and wide tables scroll with the keyboard", async (width) => {
    const { page } = await open({ viewport: { width, height: 800 } });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    // A digest in a column of one letter makes a page of a hundred screens.
    const widths = (await page.evaluate(
      "[...document.querySelectorAll('dd')].map((one) => one.clientWidth)",
    )) as number[];
    expect(Math.min(...widths)).toBeGreaterThan(200);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement?.getAttribute('aria-labelledby')")).toBe("comparison");
    await page.close();
  });

  it("saves its raw data", async () => {
    const { page } = await open({});
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("a[download$='.json']").click()]);
    const saved = await readFile(await download.path(), "utf8");
    expect(JSON.parse(saved)).toMatchObject({ schemaVersion: 1, lab: "django-8workers" });
    await page.close();
  });

  it("prints on a few sheets", async () => {
    const { page } = await open({ colorScheme: "dark" });
    const pdf = await page.pdf({ format: "A4" });
    expect(pdf.toString("latin1").match(/\/Type \/Page\b/g)?.length).toBeLessThanOrEqual(8);
    await page.close();
  });
});
