import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate, type Lookup } from "../../../src/model/evaluate.js";
import { type Expression, parseExpression, referencesOf, referenceText } from "../../../src/model/expression.js";

const NUMBERS: Readonly<Record<string, number | null>> = {
  "seal.fleetBytes": 100,
  "preload.fleetBytes": 300,
  "no-preload.fleetBytes": 900,
  "no-preload.sharedFraction": null,
  "seal.latency.p50": 0,
  "seal.fleetBytes@100": 70,
};
const lookup: Lookup = (reference) => NUMBERS[referenceText({ ...reference, column: 1 })] ?? null;

function parsed(text: string): Expression {
  const { expression, problem } = parseExpression(text);
  if (expression === undefined) throw new Error(`${problem.column}: ${problem.message}`);
  return expression;
}

describe("evaluate", () => {
  it.each([
    ["seal.fleetBytes <= 0.5 * preload.fleetBytes", true],
    ["seal.fleetBytes >= 0.5 * preload.fleetBytes", false],
    ["2 + 3 * 4 == 14", true],
    ["(2 + 3) * 4 == 20", true],
    ["10 - 4 - 3 == 3", true],
    ["12 / 2 / 3 == 2", true],
    ["-seal.fleetBytes < -(1e1 * 2)", true],
    ["- - 2 > 1.5", true],
    ["no-preload.fleetBytes - 600 == preload.fleetBytes", true],
    ["no-preload.fleetBytes-600==300", true],
    ["no-preload.sharedFraction > 0", null],
    ["1 / seal.latency.p50 > 5", null],
    ["seal.fleetBytes@100 < seal.fleetBytes", true],
    ["seal.fleetBytes@200 > 0", null],
  ])("%s is %s", (text, holds) => {
    expect(evaluate(parsed(text), lookup).holds).toBe(holds);
  });

  it("names each missing number once and keeps the side that is known", () => {
    const text = "no-preload.sharedFraction + no-preload.sharedFraction < seal.fleetBytes";
    expect(evaluate(parsed(text), lookup)).toEqual({
      holds: null,
      left: null,
      right: 100,
      missing: [{ variant: "no-preload", metric: "sharedFraction", at: null, column: 1 }],
    });
  });
});

describe("parseExpression", () => {
  it.each([
    ["", 1, "expected a number"],
    ["seal.fleetBytes", 16, "expected <=, >=, <, > or ==, found the end"],
    ["1 < 2 < 3", 7, 'expected the end, found "<"'],
    ["(1 < 2", 4, 'expected ")", found "<"'],
    ["1 < )", 5, 'found ")"'],
    ["1 = 2", 3, 'unexpected "="'],
    ["seal < 2", 1, 'unexpected "s"'],
    ["process.exit(1) < 2", 13, 'found "("'],
    ["1 < 2; x.y", 6, 'unexpected ";"'],
    [`${"(".repeat(31)}1${")".repeat(31)} < 2`, 31, "nested deeper"],
    [`${"1+".repeat(300)}1 < 2`, 1, "longer than"],
  ])("refuses %s at column %i", (text, column, message) => {
    const { problem } = parseExpression(text);
    expect(problem).toMatchObject({ column });
    expect(problem?.message).toContain(message);
  });

  it("finds every reference with its column", () => {
    const { left, right } = parsed("a.x * (b.y.min + 1) <= -c-2.z@40");
    expect([...referencesOf(left), ...referencesOf(right)]).toEqual([
      { variant: "a", metric: "x", at: null, column: 1 },
      { variant: "b", metric: "y.min", at: null, column: 8 },
      { variant: "c-2", metric: "z", at: 40, column: 25 },
    ]);
  });

  it("answers every text with an expression or a column inside it", () => {
    const pieces = fc.constantFrom(
      "a.b",
      "a.b@7",
      "1",
      "2.5",
      "(",
      ")",
      "+",
      "-",
      "*",
      "/",
      "<",
      "<=",
      "==",
      " ",
      "$",
      "é",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces, { maxLength: 200 }).map((all) => all.join("")),
        ),
        (text) => {
          const { expression, problem } = parseExpression(text);
          if (problem === undefined) return expression.text === text;
          return problem.column >= 1 && problem.column <= text.length + 1 && problem.message !== "";
        },
      ),
    );
  });
});
