import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyFlagship } from "./lab.js";
import { type InstalledTool, installTool, labelled } from "./tool.js";

const LAB = "e2e-interrupt";
const UP = ["--progress", "plain", "up", LAB, "--variant", "preload", "--requests", "5000", "--detach"];
const LOADING = /requests/;
let tool: InstalledTool;

beforeAll(async () => {
  tool = await installTool();
  await copyFlagship(tool, LAB);
  await tool.run(["down", LAB]);
});

afterAll(async () => {
  await tool.run(["down", LAB]);
  await tool.remove();
});

describe("up, disturbed", () => {
  it("says at SIGINT what it leaves, and down removes it", async () => {
    const running = tool.start(UP);
    await running.matched(LOADING);
    running.kill("SIGINT");
    const { code, stderr } = await running.ended;
    expect([code, stderr]).toEqual([130, expect.stringContaining("majek-lab down")]);
    expect((await labelled(LAB)).length).toBeGreaterThan(0);
    expect((await tool.run(["down", LAB])).code).toBe(0);
    expect(await labelled(LAB)).toEqual([]);
  });

  it("removes at a second SIGINT all that this run has started, and nothing else", async () => {
    const seal = await tool.run(["up", LAB, "--variant", "seal", "--requests", "20", "--detach"]);
    expect(seal.code, seal.stderr).toBe(0);
    const running = tool.start(UP);
    await running.matched(LOADING);
    running.kill("SIGINT");
    await running.matched(/once more/);
    running.kill("SIGINT");
    await running.ended;
    const { fleets } = JSON.parse((await tool.run(["status", LAB, "--format", "json"])).stdout);
    expect(fleets).toMatchObject([{ variant: "seal" }]);
    await tool.run(["down", LAB]);
    expect(await labelled(LAB)).toEqual([]);
  });

  it("survives SIGKILL: the next up replaces what was left, down leaves nothing", async () => {
    const running = tool.start(UP);
    await running.matched(LOADING);
    running.kill("SIGKILL");
    await running.ended;
    const again = await tool.run(["up", LAB, "--variant", "preload", "--requests", "20", "--detach"]);
    expect(again.code, again.stderr).toBe(0);
    expect((await tool.run(["down", LAB])).code).toBe(0);
    expect(await labelled(LAB)).toEqual([]);
  });

  it("lets only one up work on a lab, and names the other", async () => {
    const first = tool.start(UP);
    await first.matched(LOADING);
    const second = await tool.run(["up", LAB, "--variant", "preload", "--requests", "20", "--detach"]);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/in use by another majek-lab.*\d+/s);
    first.kill("SIGTERM");
    expect((await first.ended).code).toBe(143);
    await tool.run(["down", LAB]);
    expect(await labelled(LAB)).toEqual([]);
  });
});
