import { describe, expect, it } from "vitest";
import { didYouMean, nearest, suggest } from "../../../src/model/suggest.js";

describe("suggest", () => {
  it.each([
    ["verson", "version"],
    ["wrokers", "workers"],
    ["Preload", "preload"],
    ["fleetbytes", "fleetBytes"],
  ])("%s means %s", (word, meant) => {
    expect(suggest(word, ["version", "workers", "preload", "fleetBytes"])).toBe(meant);
  });

  it("keeps silent when nothing is near", () => {
    expect(didYouMean("banana", ["version", "workers"])).toBe("");
    expect(didYouMean("x".repeat(5000), ["version"])).toBe("");
    expect(suggest("verson", [])).toBeUndefined();
  });
});

describe("nearest", () => {
  it("has the nearest first, those equally near in their order, and no more than were asked for", () => {
    expect(nearest("test", ["rest", "tests", "test", "fest", "banana"], 3)).toEqual(["test", "rest", "tests"]);
    expect(nearest("test", ["banana"], 3)).toEqual([]);
  });
});
