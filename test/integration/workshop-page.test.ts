import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runStarted } from "../../src/pipeline/events.js";
import { workshopServe } from "../../src/pipeline/workshop-serve.js";
import type { Workspace } from "../../src/pipeline/workspace.js";
import { createRun } from "../../src/results/store.js";
import { exampleCheckpoint, exampleRun, exampleVariant } from "../unit/results/example-run.js";

const ROOT = resolve(import.meta.dirname, "../..");
const AXE = resolve(ROOT, "node_modules/axe-core/axe.min.js");
const LAB = "lesson";

const FIRST = `---
title: Measure both
checks:
  - name: half the memory
    expect: seal.fleetBytes <= 0.5 * preload.fleetBytes
    fail: Is it sealed?
hints: ["Look at **fleet MB**"]
solution: "\`majek-lab run lesson\`"
---
Measure <script>document.title = "taken"</script> both.

| one | two |
|---|---|
| a | b |
`;
const SECOND = "---\ntitle: Read on\n---\nThe end.\n";

let browser: Browser;
let folder = "";
let address = "";
let stop: AbortController;
let serving: Promise<void>;

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
});
afterAll(() => browser.close());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "majek-workshop-"));
  const lab = join(folder, "labs", LAB);
  await cp(join(ROOT, "test/fixtures/labs/minimal"), lab, { recursive: true });
  const file = join(lab, "lab.yaml");
  await writeFile(file, (await readFile(file, "utf8")).replace(/^name: .*/m, `name: ${LAB}`));
  await mkdir(join(lab, "handout"));
  await writeFile(join(lab, "handout/01-measure.md"), FIRST);
  await writeFile(join(lab, "handout/02-read.md"), SECOND);
  stop = new AbortController();
  address = await new Promise<string>((done, failed) => {
    const workspace = {
      workingDirectory: folder,
      packageRoot: ROOT,
      terminal: {},
      interrupts: { signal: stop.signal },
      print: done,
    } as unknown as Workspace;
    serving = workshopServe(workspace, LAB, { results: "results" });
    serving.catch(failed);
  });
});
afterEach(async () => {
  stop.abort();
  await serving;
  await rm(folder, { recursive: true });
});

/** A stored run with its events, as another command leaves it. */
async function measured(): Promise<void> {
  const at = (fleetBytes: number) => [exampleCheckpoint(0), exampleCheckpoint(200, { fleetBytes })];
  const variants = { preload: exampleVariant("preload", at(1e8)), seal: exampleVariant("seal", at(4e7)) };
  const run = exampleRun({ id: "20261124T100000Z-c3d4", lab: LAB, variants });
  const writer = await createRun(join(folder, "results"), run);
  const base = { schemaVersion: 1, time: "2026-11-24T10:00:00Z" };
  const events = [
    { ...base, id: 1, ...runStarted(run, run.spec, ["preload", "seal"]) },
    { ...base, id: 2, event: "checkpoint", variant: "seal", checkpoint: exampleCheckpoint(200, { fleetBytes: 4e7 }) },
  ];
  await writeFile(
    join(writer.directory, "events.ndjson"),
    events.map((event) => `${JSON.stringify(event)}\n`).join(""),
  );
  await writer.close();
}

async function open(options: Parameters<Browser["newPage"]>[0] = {}) {
  const page = await browser.newPage(options);
  const said: string[] = [];
  page.on("console", (message) => message.text().startsWith("Canvas2D") || said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  await page.goto(address);
  await page.waitForSelector("#text p");
  return { page, said };
}

function asked(
  url: string,
  options: { method?: string; headers?: Record<string, string> },
  body = "",
): Promise<number | undefined> {
  return new Promise((done, failed) => {
    const asking = request(url, options, (response) => {
      response.resume();
      done(response.statusCode);
    });
    asking.on("error", failed).end(body);
  });
}

describe("a workshop in a browser", () => {
  it("goes through its steps, with the run beside them as it is measured", async () => {
    const { page, said } = await open({ viewport: { width: 1400, height: 900 } });
    expect(await page.locator("#title").innerText()).toBe("Measure both");
    // Tags of a hand-out are text.
    expect(await page.locator("#text").innerText()).toContain('<script>document.title = "taken"</script>');
    expect(await page.title()).toBe("Measure both: workshop");
    await page.click("#check");
    await page.waitForSelector('#said:text-is("1 of 1 not yet.")');
    expect(await page.locator("#checks").innerText()).toMatch(/not yet: half the memory[\s\S]*Is it sealed\?/);
    await page.click("#hint");
    expect(await page.locator("#help strong").innerText()).toBe("fleet MB");
    await measured();
    const run = page.frameLocator("iframe");
    await run.locator('#lab:text-is("lesson")').waitFor();
    await run.locator('#fleets tr:has(th:text-is("seal"))').waitFor();
    expect(await run.locator("#what").innerText()).toContain(LAB);
    await page.click("#check");
    await page.waitForSelector('#said:text-is("Done. Go on with the next one.")');
    expect(await page.locator("#checks").innerText()).toContain("40.0 MB <= 50.0 MB");
    await page.click("#solve");
    await page.waitForSelector("#help code");
    await page.click("#next");
    await page.waitForSelector('#title:text-is("Read on")');
    // Progress is the one that the other verbs have.
    const kept = JSON.parse(await readFile(join(folder, ".majek-lab/workshop.json"), "utf8"));
    expect(kept).toMatchObject({ current: "read", steps: { measure: { hintsShown: 1, solutionShown: true } } });
    await page.reload();
    await page.waitForSelector('#title:text-is("Read on")');
    expect(said).toEqual([]);
    await page.close();
  });

  it.each([
    "light",
    "dark",
  ] as const)("has no fault that axe finds, in %s, and works with the keyboard", async (colorScheme) => {
    const { page } = await open({ colorScheme, bypassCSP: true, viewport: { width: 1400, height: 900 } });
    await page.click("#check");
    await page.waitForSelector("#checks .unmet");
    await page.addScriptTag({ content: await readFile(AXE, "utf8") });
    const found = await page.evaluate(
      `axe.run({ exclude: [["iframe"]] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")))`,
    );
    expect(found).toEqual([]);
    await page.locator("#steps button").nth(1).focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector('#title:text-is("Read on")');
    // The page is drawn anew, and who works with the keyboard is where they were.
    await page.waitForSelector('#steps [aria-current]:text-is("2"):focus');
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await page.waitForSelector('#steps [aria-current]:text-is("1"):focus');
    await page.locator("#hint").focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector('#help h2:text-is("Hint 1"):focus');
    await page.locator("#solve").focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector('#help h2:text-is("Solution"):focus');
    await page.close();
  });

  it("is for who has the address, and for its own page", async () => {
    const state = `${address}state`;
    expect(await asked(state, {})).toBe(200);
    expect(await asked(new URL("/state", address).href, {})).toBe(403);
    expect(await asked(state, { headers: { Host: "elsewhere.example" } })).toBe(403);
    const json = { "Content-Type": "application/json" };
    expect(await asked(state, { method: "PUT", headers: json }, "{}")).toBe(405);
    // A form of another page can send text, and no JSON.
    expect(await asked(state, { method: "POST" }, '{"verb":"solve","step":"measure"}')).toBe(400);
    expect(await asked(state, { method: "POST", headers: json }, '{"verb":"rm","step":"measure"}')).toBe(400);
    expect(await asked(state, { method: "POST", headers: json }, '{"verb":"show","step":"nothing"}')).toBe(500);
    const endless = { ...json, "Transfer-Encoding": "chunked" };
    expect(await asked(state, { method: "POST", headers: endless }, '{"verb":"show","step":"read"}')).toBe(400);
    expect(await asked(`${address}workshop.hbs`, {})).toBe(404);
  });
});
