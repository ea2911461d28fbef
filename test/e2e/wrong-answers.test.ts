import { cp } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type InstalledTool, installTool, labelled } from "./tool.js";

const FIXTURE = resolve(import.meta.dirname, "../fixtures/labs/wrong-body");
let tool: InstalledTool;

beforeAll(async () => {
  tool = await installTool();
  await cp(FIXTURE, join(tool.folder, "labs/wrong-body"), { recursive: true });
});

afterAll(async () => {
  await tool.run(["down", "wrong-body"]);
  await tool.remove();
});

describe("a server that sometimes lies", () => {
  it("fails the run, which says what was expected and what came", async () => {
    const { code, stderr } = await tool.run(["run", "wrong-body"]);
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/wrong answer from preload/);
    expect(stderr).toContain("always the same");
    expect(stderr).toContain("always the sane");
  });

  it("leaves nothing on the engine", async () => {
    expect(await labelled("wrong-body")).toEqual([]);
  });
});
