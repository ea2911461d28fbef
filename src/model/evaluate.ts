import {
  type Arithmetic,
  type Expression,
  type Reference,
  type Relation,
  referencesOf,
  referenceText,
  type Term,
} from "./expression.js";

/** The number behind a reference; `null` where it was not measured. */
export type Lookup = (reference: Omit<Reference, "column">) => number | null;

/** What an expression comes to. */
export interface Evaluation {
  /** `null`: cannot be decided, because a number is missing or a term is not finite (division by zero). */
  readonly holds: boolean | null;
  /** Values of both sides; `null` where one could not be computed. */
  readonly left: number | null;
  readonly right: number | null;
  /** References whose value was `null`, each once. */
  readonly missing: readonly Reference[];
}

const ARITHMETIC: Readonly<Record<Arithmetic, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
};

const RELATIONS: Readonly<Record<Relation, (a: number, b: number) => boolean>> = {
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "==": (a, b) => a === b,
};

function numberOf(term: Term, lookup: Lookup): number | null {
  if (term.kind === "number") return term.value;
  if (term.kind === "reference") return lookup(term);
  if (term.kind === "negate") {
    const operand = numberOf(term.operand, lookup);
    return operand === null ? null : -operand;
  }
  const left = numberOf(term.left, lookup);
  const right = numberOf(term.right, lookup);
  return left === null || right === null ? null : ARITHMETIC[term.operator](left, right);
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

function missingIn(expression: Expression, lookup: Lookup): Reference[] {
  const missing = [...referencesOf(expression.left), ...referencesOf(expression.right)].filter(
    (reference) => lookup(reference) === null,
  );
  const texts = missing.map(referenceText);
  return missing.filter((_, index) => texts.indexOf(texts[index] ?? "") === index);
}

/**
 * Computes both sides of an expression and compares them.
 * @param lookup - pure; may be asked for one reference more than once
 */
export function evaluate(expression: Expression, lookup: Lookup): Evaluation {
  const left = finite(numberOf(expression.left, lookup));
  const right = finite(numberOf(expression.right, lookup));
  const holds = left === null || right === null ? null : RELATIONS[expression.relation](left, right);
  return { holds, left, right, missing: missingIn(expression, lookup) };
}
