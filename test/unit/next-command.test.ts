import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const SRC = resolve(import.meta.dirname, "../../src");

/** Errors after which there is nothing to type: what the user did on purpose, and what only a bug can cause. */
const SPEAKS_FOR_ITSELF = [
  "cli/signals.ts: message",
  'cli/signals.ts: "nobody reads what this writes"',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
  "image/tree.ts: `the build ended well but made no ${tree}`",
  // A copy of another error, with its next command where that has one.
  "model/env-file.ts: shown.message",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
  "pipeline/measure.ts: `no image ${tag} was built`",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
  "pipeline/measure.ts: `the plan has no variant ${name}`",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
  "render/standalone.ts: `the plan has no image for ${variant.name}`",
];

/** Verbs that cannot be called without a lab: a next command without one could not be copied. */
const NEEDS_LAB = /majek-lab (?:up|fetch|build|lock|logs|exec)(?! (?:LAB|\$\{|--context))\b(?!-)/;

interface Made {
  readonly where: string;
  readonly next: string | undefined;
}

/** Every `new LabError(...)` of a file, with the text of its `next`. */
function errorsIn(file: string, text: string): Made[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  const found: Made[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && node.expression.getText() === "LabError") {
      const [, message, context] = node.arguments ?? [];
      const properties = context && ts.isObjectLiteralExpression(context) ? [...context.properties] : [];
      const next = properties.find((one) => one.name?.getText() === "next");
      found.push({ where: `${file}: ${message?.getText()}`, next: next?.getText() });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const read = (file: string): string => readFileSync(join(SRC, file), "utf8");
const errors = files.flatMap((file) => errorsIn(file, read(file)));

describe("every error that a user can see", () => {
  it("says what to do next", () => {
    const without = errors.filter(({ next }) => next === undefined).map(({ where }) => where);
    expect(without.sort()).toEqual([...SPEAKS_FOR_ITSELF].sort());
  });

  it("names commands that can be copied, with LAB where they need one", () => {
    expect(errors.filter(({ next = "" }) => NEEDS_LAB.test(next)).map(({ where, next }) => [where, next])).toEqual([]);
  });

  it("does not ask verbs without a lab for one", () => {
    const noLab = [
      "results/locate.ts",
      "pipeline/cache.ts",
      "pipeline/prune.ts",
      "pipeline/doctor.ts",
      "docker/connect.ts",
    ];
    const literal = errors.filter(
      ({ where, next }) => noLab.includes(where.split(":")[0] ?? "") && /\bLAB\b/.test(next ?? ""),
    );
    expect(literal.map(({ where, next }) => [where, next])).toEqual([]);
  });

  it("names nothing that only a checkout has", () => {
    const made = files.filter((file) => /\bmake (?:engine|seed-tools|generate|tool|up|test)\b/.test(read(file)));
    expect(made).toEqual([]);
  });

  it("would be found without it", () => {
    const planted =
      'throw new LabError("failed", "it broke", { where: "x" }); new LabError("usage", "no", { next: "n" });';
    expect(errorsIn("a.ts", planted)).toEqual([
      { where: 'a.ts: "it broke"', next: undefined },
      { where: 'a.ts: "no"', next: 'next: "n"' },
    ]);
    expect(["majek-lab fetch", "majek-lab lock --update"].filter((one) => NEEDS_LAB.test(one))).toHaveLength(2);
  });
});
