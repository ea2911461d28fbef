import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FULL } from "./faults.js";
import { copyFlagship } from "./lab.js";
import { type InstalledTool, installTool, labelled } from "./tool.js";

const LAB = "e2e-dashboard";
let tool: InstalledTool;
let browser: Browser;

beforeAll(async () => {
  tool = await installTool();
  await copyFlagship(tool, LAB);
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
});
afterAll(async () => {
  await tool.run(["down", LAB]);
  expect(await labelled(LAB)).toEqual([]);
  await browser.close();
  await tool.remove();
});

const ADDRESS = /dashboard: (http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/)/;

describe.runIf(FULL)("the dashboard of a running fleet", () => {
  it("follows the run to its end, stays, and goes with Ctrl-C", async () => {
    const args = ["--progress", "plain", "up", LAB, "--variant", "preload", "--requests", "200", "--dashboard"];
    const running = tool.start(args);
    await running.matched(ADDRESS);
    const [, address = ""] = ADDRESS.exec(running.said()) ?? [];
    const page = await browser.newPage();
    const said: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(error.message));
    await page.goto(address);
    await page.waitForSelector("#workers tr:nth-child(8)", { timeout: 300_000 });
    await page.waitForSelector('#heat[aria-label^="Map of"]', { timeout: 300_000 });
    const dots = (): Promise<number> => page.locator("#chart circle").count();
    await page.waitForSelector('#state:text-is("The run is over.")', { timeout: 900_000 });
    expect(await dots()).toBeGreaterThanOrEqual(3);
    // Somebody who comes afterwards sees the same.
    const late = await browser.newPage();
    await late.goto(address);
    await late.waitForSelector("#workers tr:nth-child(8)");
    expect(await late.locator("#fleets").innerText()).toBe(await page.locator("#fleets").innerText());
    expect((await fetch(new URL("/", address))).status).toBe(403);
    await running.matched(/the dashboard stays until Ctrl-C/);
    running.kill("SIGINT");
    expect((await running.ended).code).toBe(0);
    await page.waitForSelector('#link:text("the command has ended")');
    expect(said.filter((text) => !text.includes("ERR_"))).toEqual([]);
  });

  it("shows fleets that were measured before", async () => {
    const running = tool.start([
      "--progress",
      "plain",
      "up",
      LAB,
      "--variant",
      "preload",
      "--requests",
      "200",
      "--dashboard",
    ]);
    await running.matched(/the dashboard stays until Ctrl-C/);
    const [, address = ""] = ADDRESS.exec(running.said()) ?? [];
    const page = await browser.newPage();
    await page.goto(address);
    await page.waitForSelector('#fleets td:text-is("done")');
    running.kill("SIGTERM");
    expect((await running.ended).code).toBe(0);
  });

  it("stays for nobody who wants to go on at once", async () => {
    const { code, stderr } = await tool.run(["up", LAB, "--dashboard", "--detach"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--detach")]);
  });
});
