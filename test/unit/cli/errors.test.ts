import { describe, expect, it } from "vitest";
import { describeError } from "../../../src/cli/errors.js";
import { EXIT_CODES, forLab, LabError } from "../../../src/model/errors.js";

describe("describeError", () => {
  it("says what, where, details and the next command, and no stack", () => {
    const error = new LabError("input", "x.deb is altered", {
      where: "/inputs/x.deb",
      details: ["sha256 differs"],
      next: "majek-lab fetch LAB",
    });
    expect(describeError(error)).toBe(
      [
        "majek-lab: x.deb is altered",
        "  at /inputs/x.deb",
        "  sha256 differs",
        "  next: majek-lab fetch LAB (majek-lab list names the labs)",
        "",
      ].join("\n"),
    );
  });

  it.each([
    ["shop", "majek-lab fetch shop, or majek-lab lock shop --update"],
    ["./my labs/$x", "majek-lab fetch './my labs/$x', or majek-lab lock './my labs/$x' --update"],
  ])("names the lab %j in the next command, for the shell", (lab, next) => {
    const cause = new Error("x");
    const where = "shop/lab.lock";
    const context = { where, details: ["a"], next: "majek-lab fetch LAB, or majek-lab lock LAB --update", cause };
    const error = forLab(new LabError("input", "gone", context), lab);
    expect(error).toMatchObject({ code: "input", message: "gone", ...context, next });
  });

  it("leaves alone what names no lab", () => {
    const errors = [
      new LabError("engine", "LAB", { next: "majek-lab doctor # NO-LABEL" }),
      new TypeError("LAB"),
      "LAB",
    ];
    expect(errors.map((error) => forLab(error, "shop"))).toEqual(errors);
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
