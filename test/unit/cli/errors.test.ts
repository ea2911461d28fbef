import { describe, expect, it } from "vitest";
import { describeError } from "../../../src/cli/errors.js";
import { EXIT_CODES, LabError } from "../../../src/model/errors.js";

describe("describeError", () => {
  it("says what, where, details and the next command, and no stack", () => {
    const error = new LabError("input", "x.deb is altered", {
      where: "/inputs/x.deb",
      details: ["sha256 differs"],
      next: "majek-lab fetch LAB",
    });
    expect(describeError(error)).toBe(
      ["majek-lab: x.deb is altered", "  at /inputs/x.deb", "  sha256 differs", "  next: majek-lab fetch LAB", ""].join(
        "\n",
      ),
    );
  });

  it("keeps the stack of what nobody expected", () => {
    expect(describeError(new TypeError("boom"))).toMatch(/this is a bug[\s\S]*TypeError: boom[\s\S]*errors\.test\.ts/);
  });
});

describe("exit codes", () => {
  it("are those of the contract", () => {
    expect(EXIT_CODES).toEqual({
      failed: 1,
      usage: 2,
      lab: 3,
      engine: 4,
      build: 5,
      fleet: 6,
      expectation: 7,
      reproducibility: 8,
      input: 9,
      hungup: 129,
      interrupted: 130,
      unread: 141,
      terminated: 143,
    });
  });
});
