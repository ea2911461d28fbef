import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { evaluate } from "../../../src/model/evaluate.js";
import { parseExpression } from "../../../src/model/expression.js";
import type { HandoutStep } from "../../../src/model/workshop.js";
import { loadHandout } from "../../../src/spec/handout.js";
import { loadLab } from "../../../src/spec/load.js";
import { ROOT, read } from "../documents.js";

const LAB = "django-8workers";
const DOCUMENT = "docs/workshop.md";
const text = read(DOCUMENT);
const MB = 1e6;
/** A page of each of four workers. */
const PAGES = 4 * 4096;

type Numbers = readonly number[];

/** Metrics that a row claims, from its numbers in their order. */
const CLAIMS: readonly {
  readonly pattern: RegExp;
  readonly metrics: (numbers: Numbers) => Readonly<Record<string, number>>;
}[] = [
  {
    pattern: /^(\d+) against (\d+) MB; preload still shares (\d+) %$/,
    metrics: ([alone = 0, preload = 0, shared = 0]) => ({
      "no-preload.fleetBytes": alone * MB,
      "preload.fleetBytes": preload * MB,
      "preload.sharedFraction": shared / 100,
    }),
  },
  {
    pattern:
      /^looking at ([\d,]+) numbers copies some (\d+) pages in each worker, reading four megabytes of one object about (one); the fleet of `collect` copies (\d+) MB, the one of `nothing` (\d+)$/,
    metrics: ([, objects = 0, bytes = 0, collect = 0, nothing = 0]) => ({
      "read-objects.lostBytes": nothing * MB + objects * PAGES,
      "read-bytes.lostBytes": nothing * MB + bytes * PAGES,
      "collect.lostBytes": collect * MB,
      "nothing.lostBytes": nothing * MB,
    }),
  },
  {
    pattern: /^at ([\d,]+) requests per worker preload shares (\d+) %, freeze (\d+) %$/,
    metrics: ([requests = 0, preload = 0, freeze = 0]) => ({
      "preload.requestsPerWorker": requests,
      "preload.sharedFraction": preload / 100,
      "freeze.sharedFraction": freeze / 100,
    }),
  },
  { pattern: /^two tables that disagree: what touched a page, and what alone cost it$/, metrics: () => ({}) },
  {
    pattern: /^copied MB: preload (\d+), freeze (\d+), counts (\d+), caches (\d+), arenas (\d+), seal (\d+)$/,
    metrics: (numbers) =>
      Object.fromEntries(
        ["preload", "freeze", "counts", "caches", "arenas", "seal"].map((name, index) => [
          `${name}.lostBytes`,
          (numbers[index] ?? 0) * MB,
        ]),
      ),
  },
  {
    // Any fleet will do: a third of it is what is claimed.
    pattern: /^seal below a (third) of preload$/,
    metrics: ([third = 0]) => ({ "seal.fleetBytes": third * 300 * MB, "preload.fleetBytes": 300 * MB }),
  },
];

const WORDS: Readonly<Record<string, number>> = { one: 1, third: 1 / 3 };
const numberOf = (word: string): number => WORDS[word] ?? Number(word.replaceAll(",", ""));

interface Row {
  readonly title: string;
  readonly minutes: number;
  readonly command: string;
  readonly metrics: Readonly<Record<string, number>>;
}

const rows: readonly Row[] = [...text.matchAll(/^\| \d (.+?) \| (\d+) \| `([^`]+)` \| (.+?) \|$/gm)].map(
  ([, title = "", minutes = "", command = "", claim = ""], index) => {
    const found = CLAIMS[index]?.pattern.exec(claim);
    if (!found) throw new Error(`no number of this is checked any more; change CLAIMS with it: ${claim}`);
    const metrics = CLAIMS[index]?.metrics(found.slice(1).map(numberOf)) ?? {};
    return { title, minutes: Number(minutes), command, metrics };
  },
);

async function steps(): Promise<readonly HandoutStep[]> {
  return (await loadHandout({ name: LAB, title: "", directory: join(ROOT, "labs", LAB) })).steps;
}

/** What a row's command measures must meet: the lab's expectations, and the conditions of the step. */
async function expressionsFor(step: HandoutStep): Promise<string[]> {
  const { spec } = await loadLab(join(ROOT, "labs", step.lab));
  const conditions = step.checks.flatMap((check) => ("expect" in check ? [check.expect] : []));
  return [...spec.expect, ...(spec.short?.expect ?? []), ...conditions];
}

/** The numbers of an expression are those of the row, whatever the checkpoint; `null`: it names others. */
function holds(text: string, metrics: Row["metrics"]): boolean | null {
  const parsed = parseExpression(text);
  if (parsed.problem) throw new Error(parsed.problem.message);
  return evaluate(parsed.expression, ({ variant, metric, at }) =>
    at === null ? (metrics[`${variant}.${metric}`] ?? null) : null,
  ).holds;
}

describe("the plan of docs/workshop.md", () => {
  it("has the steps of the hand-out, with their titles, minutes and commands", async () => {
    const expected = (await steps()).map(({ title, minutes }) => ({ title, minutes }));
    expect(rows.map(({ title, minutes }) => ({ title, minutes }))).toEqual(expected);
    const missing = (await steps()).filter((step, index) => !step.text.includes(rows[index]?.command ?? "?"));
    expect(missing.map(({ title }) => title)).toEqual([]);
  });

  it("takes as many minutes as the headings say", () => {
    const total = rows.reduce((sum, { minutes }) => sum + minutes, 0);
    expect(text).toContain(`# A workshop of ${total} minutes`);
    expect(read("README.md")).toContain(`six steps, ${total} minutes`);
  });

  it("has numbers that meet what the labs and the steps expect", async () => {
    const decided: number[] = [];
    for (const [index, step] of (await steps()).entries()) {
      const metrics = rows[index]?.metrics ?? {};
      const answers = (await expressionsFor(step)).map((one) => [one, holds(one, metrics)] as const);
      expect(answers.filter(([, answer]) => answer === false)).toEqual([]);
      decided.push(answers.filter(([, answer]) => answer === true).length);
    }
    // Step 4 has no number; each other one is held against something.
    expect(decided.map((count) => count > 0)).toEqual([true, true, true, false, true, true]);
  });

  it("agrees with what it says of freeze below", () => {
    const [, early = "", earlyPreload = ""] = /(\d+) against (\d+) MB at 200 requests/.exec(text) ?? [];
    const [, late = "", latePreload = ""] = /at 1,000 it was (\d+) against (\d+) MB/.exec(text) ?? [];
    expect(Number(early)).toBeGreaterThan(Number(earlyPreload));
    expect(Number(late)).toBeLessThan(Number(latePreload));
  });
});
