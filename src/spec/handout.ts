import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { LineCounter } from "yaml";
import { z } from "zod";
import { LabError } from "../model/errors.js";
import { parseExpression } from "../model/expression.js";
import type { Handout, HandoutStep, StepCheck } from "../model/workshop.js";
import { readTextIfPresent } from "../system/files.js";
import { type SchemaNode, toProblems } from "./messages.js";
import { type Locator, locator } from "./positions.js";
import { labFileError, type Problem } from "./problems.js";
import { NAME } from "./schema.js";
import { readYaml } from "./yaml.js";

const SCRIPT = /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/;
const STEP_FILE = /^\d+-([a-z0-9][a-z0-9-]*)\.md$/;
const line = z.string().min(1).max(500);

const check = z.strictObject({
  name: line,
  fail: line,
  expect: line.optional(),
  script: z.string().max(200).regex(SCRIPT, "expected a file in the folder of the hand-out").optional(),
  timeout: z.int().min(1).max(600).default(15),
});

const frontMatter = z.strictObject({
  title: line,
  minutes: z.int().min(1).max(240).default(10),
  lab: z.string().regex(NAME, "expected the name of a lab").optional(),
  checks: z.array(check).max(20).default([]),
  hints: z.array(z.string().min(1).max(2000)).max(10).default([]),
  solution: z.string().min(1).max(10_000).optional(),
});

type FrontMatter = z.infer<typeof frontMatter>;

/** The block between the first two lines of three dashes, and what follows it; `undefined` where there is none. */
function split(text: string): { readonly head: string; readonly body: string } | undefined {
  const found = /^---\r?\n([\s\S]*?)^---[ \t]*\r?\n/m.exec(text);
  if (found === null || found.index !== 0) return undefined;
  return { head: found[1] ?? "", body: text.slice(found[0].length).trim() };
}

/** A check is an expression or a program; its expression must be one. */
function checkProblems({ checks }: FrontMatter, locate: Locator): Problem[] {
  return checks.flatMap(({ expect, script }, index): Problem[] => {
    const path = ["checks", index];
    const at = { ...locate.value(path), path: `checks[${index}]` };
    if ((expect === undefined) === (script === undefined)) return [{ ...at, message: "needs either expect or script" }];
    const { problem } = expect === undefined ? {} : parseExpression(expect);
    if (problem === undefined) return [];
    const where = locate.within([...path, "expect"], problem.column);
    return [{ ...where, path: `checks[${index}].expect`, message: problem.message }];
  });
}

function toCheck({ name, fail, expect, script, timeout }: FrontMatter["checks"][number]): StepCheck {
  if (expect !== undefined) return { name, fail, expect };
  return { name, fail, script: script ?? "", timeoutSeconds: timeout };
}

/** The front matter begins on the file's second line. */
const inFile = (problem: Problem): Problem => ({ ...problem, line: problem.line + 1 });

/**
 * Reads one step.
 * @param lab - whose runs the checks look at unless the step names another
 * @returns the step without its id, or every problem with its line in the file
 */
export function parseStep(
  text: string,
  lab: string,
): { readonly step: Omit<HandoutStep, "id"> } | { readonly problems: readonly Problem[] } {
  const parts = split(text);
  if (parts === undefined) {
    const message = "must begin with front matter: YAML between two lines of three dashes";
    return { problems: [{ line: 1, column: 1, path: "", message }] };
  }
  const lines = new LineCounter();
  const read = readYaml(parts.head, lines);
  if (read.problems !== undefined) return { problems: read.problems.map(inFile) };
  const locate = locator(read.document, lines);
  const checked = frontMatter.safeParse(read.value);
  if (!checked.success) {
    const schema = z.toJSONSchema(frontMatter, { io: "input" }) as SchemaNode;
    return { problems: toProblems(checked.error.issues, read.value, locate, schema).map(inFile) };
  }
  const problems = checkProblems(checked.data, locate);
  if (problems.length > 0) return { problems: problems.map(inFile) };
  const { checks, solution, lab: other, ...rest } = checked.data;
  return {
    step: { ...rest, lab: other ?? lab, checks: checks.map(toCheck), solution: solution ?? null, text: parts.body },
  };
}

/**
 * Reads the steps of a lab: the files `NN-id.md` of its folder `handout`.
 * @param lab - its name, title and absolute folder
 * @returns a hand-out without steps where the lab has none
 * @throws LabError "lab" with every problem of the first file that has any
 */
export async function loadHandout(lab: {
  readonly name: string;
  readonly title: string;
  readonly directory: string;
}): Promise<Handout> {
  const directory = join(lab.directory, "handout");
  const files = (await readdir(directory).catch(() => [])).filter((file) => STEP_FILE.test(file)).sort();
  const steps: HandoutStep[] = [];
  for (const file of files) {
    const path = join(directory, file);
    const text = (await readTextIfPresent(path)) ?? "";
    const parsed = parseStep(text, lab.name);
    if ("problems" in parsed) throw labFileError(relative("", path) || path, text, parsed.problems);
    const id = STEP_FILE.exec(file)?.[1] ?? file;
    if (steps.some((step) => step.id === id)) {
      throw new LabError("lab", `two steps are called ${id}`, { where: path, next: "rename one of the files" });
    }
    steps.push({ id, ...parsed.step });
  }
  return { lab: lab.name, title: lab.title, directory, steps };
}
