import { describe, expect, it } from "vitest";
import { didYouMean, suggest } from "../../../src/model/suggest.js";

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
