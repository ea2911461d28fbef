import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { labName } from "../../../src/spec/name.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "majek-lab-name-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("the name of a lab", () => {
  it("is what its file says, given the folder or the file", async () => {
    const minimal = resolve(import.meta.dirname, "../../fixtures/labs/minimal");
    expect([await labName(minimal), await labName(join(minimal, "lab.yaml"))]).toEqual(["minimal", "minimal"]);
  });

  it.each([
    ["name: shop\nfleet: [", "shop"],
    ["# name: other\nname: 'shop'   # mine", "shop"],
    ['app:\n  name: inner\nname: "shop"\n', "shop"],
  ])("is read from a file that is no valid lab: %j", async (text, name) => {
    await writeFile(join(folder, "lab.yaml"), text);
    expect(await labName(folder)).toBe(name);
  });

  it("is that of the folder when the file has none, or is not there", async () => {
    expect(await labName(folder)).toBe(basename(folder));
    await writeFile(join(folder, "lab.yaml"), "\u0000");
    expect(await labName(folder)).toBe(basename(folder));
  });
});
