import { describe, expect, it } from "vitest";
import { maskProblem } from "../../../src/spec/masks.js";

const NESTED = /^repeats a group/;
const SHARED = /can match the same text/;

describe("a mask", () => {
  it.each([
    ["[a-z]+[a-z]+[a-z]+[a-z]+x", SHARED],
    ["a.*b.*c", SHARED],
    ["\\w+ ?\\d+", SHARED],
    ["[a-z]*[0-9]*[a-z]*x", SHARED],
    ["[a-z]{2,}(?:-)?[a-z]+", SHARED],
    ["[a-z]{1,500}[a-z]{1,500}x", SHARED],
    ["(ab)+(ba)+x", SHARED],
    ["(?:[a-z]+|=)[a-z]+x", SHARED],
    ["[a-z]+(?=-)[a-z]+x", SHARED],
    ["[a-z]+()+[a-z]+", SHARED],
    ["\\u00e9+[é]+", SHARED],
    ["([A-Z]+)+", NESTED],
    ["(a|aa)+x", NESTED],
    ["((a+)b){3}", NESTED],
  ])("%s is refused", (pattern, message) => {
    expect(maskProblem(pattern)).toMatch(message);
  });

  it.each([
    'name="csrf" value="[A-Za-z0-9]+"',
    "\\d+-\\d+-\\d+T\\d+:\\d+",
    "[a-z]+[0-9]+",
    "[a-z]+(?:-[0-9])[a-z]+",
    "[^>]*>[^<]*<",
    "nonce-[\\w-]+|token=[\\w-]+",
    "[0-9a-f]{32}[0-9a-f]{8,9}",
    "([a-f]){8}\\.\\[[a-f]+\\]",
    "\\bid-(?<id>\\d+)$",
  ])("%s is fine", (pattern) => {
    expect(maskProblem(pattern)).toBeUndefined();
  });

  it("is shown with the parts that are wrong", () => {
    expect(maskProblem("x[a-z]+-?\\w{2,}?;")).toBe(
      "has [a-z]+ and then \\w{2,}?, which can match the same text, and so can take for ever; " +
        "put between them what the first does not match",
    );
  });
});
