import { type Document, isMap, isScalar, LineCounter, parseDocument, visit, type YAMLError } from "yaml";
import type { z } from "zod";
import type { InterpreterId, LabSpec, LoadSpec, VariantSpec } from "../model/spec.js";
import { memoryBytes } from "./memory.js";
import { toProblems } from "./messages.js";
import { type Locator, locator } from "./positions.js";
import type { Problem } from "./problems.js";
import { checkRules } from "./rules.js";
import { type LabFile, labFileSchema } from "./schema.js";

/** A lab file with every default filled in; `app` is `null` where `appFrom` names the lab that has it. */
export type ParsedSpec = Omit<LabSpec, "app"> & { readonly app: LabSpec["app"] | null };

export type ParsedLab =
  | { readonly spec: ParsedSpec; readonly locate: Locator; readonly problems?: never }
  | { readonly problems: readonly Problem[]; readonly spec?: never };

/** Longer texts are no lab files. Characters. */
const MAX_LENGTH = 256 * 1024;
/** A lab needs no aliases at all; a few are convenient, many are an attack that grows exponentially. */
const MAX_ALIASES = 50;

function syntaxProblem({ message, pos, code }: YAMLError, lines: LineCounter): Problem {
  const { line, col } = lines.linePos(pos[0]);
  const text = code === "DUPLICATE_KEY" ? "this key stands here twice" : message;
  return { line: Math.max(1, line), column: Math.max(1, col), path: "", message: text };
}

/** JavaScript moves keys that look like numbers to the front; the document still has the order of the file. */
function variantNames(document: Document): string[] {
  const node = document.get("variants", true);
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key }) => (isScalar(key) ? [String(key.value)] : []));
}

function toVariants(file: LabFile, order: readonly string[]): VariantSpec[] {
  const names = [...new Set([...order, ...Object.keys(file.variants)])];
  return names.flatMap((name) => {
    const variant = file.variants[name];
    if (variant === undefined) return [];
    const { python, preload, beforeFork, workers, env, warmup = file.warmup } = variant;
    // Without preload the master has nothing to warm up, and results must not claim that it was.
    return [{ name, python: python as InterpreterId, preload, beforeFork, warmup: preload ? warmup : 0, workers, env }];
  });
}

function toLoad({ paths, checkpoints, ...load }: LabFile["load"]): LoadSpec {
  return {
    ...load,
    checkpoints: checkpoints ?? [0, load.requestsPerWorker],
    paths: Object.entries(paths).map(([path, value]) =>
      typeof value === "number" ? { path, weight: value, status: 200 } : { path, ...value },
    ),
  };
}

function toSpec(file: LabFile, order: readonly string[]): ParsedSpec {
  const variants = toVariants(file, order);
  const { memory, ...fleet } = file.fleet;
  const { warmup: _, ...rest } = file;
  return {
    ...rest,
    app: file.app ?? null,
    fleet: { ...fleet, memoryBytes: memoryBytes(memory) },
    load: toLoad(file.load),
    variants,
    baseline: file.baseline ?? (variants.find(({ preload }) => preload) ?? variants[0])?.name ?? "",
  };
}

/** The schema library passes over this one key without a word. */
function forbiddenKeys(document: Document, lines: LineCounter): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Scalar(place, { value, range }) {
      if (place !== "key" || value !== "__proto__") return;
      const { line, col } = lines.linePos(range?.[0] ?? 0);
      problems.push({ line, column: col, path: "__proto__", message: "nothing can have this name" });
    },
  });
  return problems;
}

type Read =
  | { readonly document: Document; readonly value: unknown; readonly problems?: never }
  | { readonly problems: readonly Problem[]; readonly document?: never };

const atStart = (message: string): Read => ({ problems: [{ line: 1, column: 1, path: "", message }] });

function readYaml(text: string, lines: LineCounter): Read {
  if (text.length > MAX_LENGTH) return atStart(`longer than ${MAX_LENGTH} characters`);
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      uniqueKeys: true,
    });
    // A warning is an unknown tag or directive: nothing a lab file has a use for.
    const found = [...document.errors, ...document.warnings];
    if (found.length > 0) return { problems: found.map((error) => syntaxProblem(error, lines)) };
    const forbidden = forbiddenKeys(document, lines);
    if (forbidden.length > 0) return { problems: forbidden };
    return { document, value: document.toJS({ maxAliasCount: MAX_ALIASES }) };
  } catch (error) {
    if (error instanceof RangeError) return atStart("nested too deeply");
    if (error instanceof ReferenceError) return atStart(`cannot follow the aliases: ${error.message}`);
    throw error;
  }
}

/** A copy without the keys that the schema does not know. */
function withoutUnknown(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const copy = structuredClone(value);
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const parent = issue.path.reduce<unknown>((inner, part) => Reflect.get(Object(inner), part), copy);
    for (const key of issue.keys) Reflect.deleteProperty(Object(parent), key);
  }
  return copy;
}

function inOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/**
 * Reads the text of a lab file.
 * @returns the lab with every default filled in, and where its values stand; or every problem, in the order of the file
 */
export function parseLab(text: string): ParsedLab {
  const lines = new LineCounter();
  const read = readYaml(text, lines);
  if (read.problems !== undefined) return { problems: inOrder(read.problems) };
  const locate = locator(read.document, lines);
  const checked = labFileSchema.safeParse(read.value);
  if (!checked.success) {
    const { issues } = checked.error;
    const found = toProblems(issues, read.value, locate);
    // Typing errors in keys should not hide what else is wrong.
    const rest = labFileSchema.safeParse(withoutUnknown(read.value, issues));
    return { problems: inOrder([...found, ...(rest.success ? checkRules(rest.data, locate) : [])]) };
  }
  const problems = checkRules(checked.data, locate);
  if (problems.length > 0) return { problems: inOrder(problems) };
  return { spec: toSpec(checked.data, variantNames(read.document)), locate };
}
