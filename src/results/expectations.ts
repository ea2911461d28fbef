import { evaluate } from "../model/evaluate.js";
import { type Expression, parseExpression, type Reference, referencesOf, referenceText } from "../model/expression.js";
import { METRICS } from "../model/metrics.js";
import type { Checkpoint, ExpectationResult, RunResult, VariantResult } from "../model/run.js";

const BYTE_METRIC = /Bytes$|^kernelPss$|^masterRss$/;

/** Below this a value is a ratio, whatever it was computed from. */
const LEAST_SIZE = 10_000;

/** More decimals of MB than one byte has, or digits than a number, tell nothing more. */
const MOST_DECIMALS = 6;

/** @param more - decimals of MB and digits beyond the usual ones */
function formatter(references: readonly Reference[], more: number): (value: number | null) => string {
  const bytes = references.some(({ metric }) => BYTE_METRIC.test(metric));
  return (value) => {
    if (value === null) return "unknown";
    if (bytes && Math.abs(value) >= LEAST_SIZE) return `${(value / 1e6).toFixed(1 + more)} MB`;
    return String(Number(value.toPrecision(4 + more)));
  };
}

/** Both sides, with as many digits as tell them apart where they differ: "0.9 >= 0.9" is no reason for "not met". */
function sidesOf(
  references: readonly Reference[],
  relation: string,
  left: number | null,
  right: number | null,
): string {
  for (let more = 0; ; more += 1) {
    const show = formatter(references, more);
    const sides = [show(left), show(right)];
    if (left === right || sides[0] !== sides[1] || more >= MOST_DECIMALS) return sides.join(` ${relation} `);
  }
}

/** A variant's result; none for what every object has by another name, such as "constructor". */
function resultOf({ variants }: RunResult, name: string): VariantResult | undefined {
  return Object.hasOwn(variants, name) ? variants[name] : undefined;
}

/** The checkpoint numbers that every one of these variants has reached, ascending. */
function commonPoints(run: RunResult, variants: readonly string[]): number[] {
  const reached = variants.map((name) => resultOf(run, name)?.checkpoints.map((c) => c.requestsPerWorker) ?? []);
  const [first = [], ...others] = reached;
  return first.filter((point) => others.every((points) => points.includes(point))).sort((a, b) => a - b);
}

function checkpointAt(run: RunResult, variant: string, requestsPerWorker: number): Checkpoint | undefined {
  return resultOf(run, variant)?.checkpoints.find((point) => point.requestsPerWorker === requestsPerWorker);
}

/** The checkpoints that an expression is about, ascending. */
function pointsOf(references: readonly Reference[], last: number): number[] {
  return [...new Set(references.map(({ at }) => at ?? last))].sort((a, b) => a - b);
}

function undecided(expression: string, explanation: string): ExpectationResult {
  return { expression, status: "undecided", explanation };
}

function decide(
  run: RunResult,
  expression: Expression,
  references: readonly Reference[],
  at: number,
): ExpectationResult {
  const result = evaluate(expression, ({ variant, metric, at: own }) => {
    const checkpoint = checkpointAt(run, variant, own ?? at);
    return (checkpoint && METRICS.get(metric)?.(checkpoint)) ?? null;
  });
  if (result.holds === null) {
    const missing = result.missing.map(referenceText).join(", ");
    const why = missing === "" ? "a side is not a finite number" : `not measured: ${missing}`;
    return undecided(expression.text, `${why} (at ${at} requests per worker)`);
  }
  const sides = sidesOf(references, expression.relation, result.left, result.right);
  return {
    expression: expression.text,
    status: result.holds ? "met" : "not met",
    explanation: `${sides} at ${pointsOf(references, at).join(" and ")} requests per worker`,
  };
}

/**
 * Holds a run against one expression, at the largest checkpoint that all named variants have reached.
 * @param from - below this many requests per worker the answer is "undecided"
 */
export function evaluateExpectation(run: RunResult, text: string, from: number): ExpectationResult {
  const parsed = parseExpression(text);
  if (parsed.problem) return undecided(text, `column ${parsed.problem.column}: ${parsed.problem.message}`);
  const { expression } = parsed;
  const references = [...referencesOf(expression.left), ...referencesOf(expression.right)];
  const variants = [...new Set(references.map(({ variant }) => variant))];
  const missing = variants.filter((name) => (resultOf(run, name)?.checkpoints.length ?? 0) === 0);
  if (missing.length > 0) return undecided(text, `not measured: ${missing.join(", ")}`);
  const partly = variants.filter((name) => resultOf(run, name)?.incomplete);
  if (partly.length > 0) return undecided(text, `measured in part: ${partly.join(", ")}`);
  const at = commonPoints(run, variants).at(-1);
  if (at === undefined) return undecided(text, `${variants.join(" and ")} have no checkpoint in common`);
  // Who names a checkpoint means that one, however early.
  if (at < from && references.some((reference) => reference.at === null))
    return undecided(text, `measured up to ${at} requests per worker; decided from ${from} on`);
  return decide(run, expression, references, at);
}

/**
 * Holds a run against what its lab expects, at the largest checkpoint that all named variants have reached.
 * Below `expectFrom` the answer is "undecided"; a short run has expectations of its own, decided wherever it ended.
 */
export function evaluateExpectations(run: RunResult): readonly ExpectationResult[] {
  const short = run.mode === "short";
  const texts = short ? (run.spec.short?.expect ?? []) : run.spec.expect;
  return texts.map((text) => evaluateExpectation(run, text, short ? 0 : run.spec.expectFrom));
}
