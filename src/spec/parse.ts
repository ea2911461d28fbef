import { type Document, isMap, isScalar, LineCounter } from "yaml";
import type { z } from "zod";
import type { InterpreterId, LabSpec, LoadSpec, VariantSpec } from "../model/spec.js";
import { memoryBytes } from "./memory.js";
import { type SchemaNode, toProblems } from "./messages.js";
import { type Locator, locator } from "./positions.js";
import type { Problem } from "./problems.js";
import { checkRules } from "./rules.js";
import { type LabFile, labFileSchema, labJsonSchema } from "./schema.js";
import { readYaml } from "./yaml.js";

/** A lab file with every default filled in; `app` is `null` where `appFrom` names the lab that has it. */
export type ParsedSpec = Omit<LabSpec, "app"> & { readonly app: LabSpec["app"] | null };

/** What an application's folder is laid over; no part of what is measured. */
export type Over = NonNullable<NonNullable<LabFile["app"]>["over"]>;

export type ParsedLab =
  | { readonly spec: ParsedSpec; readonly over: Over | null; readonly locate: Locator; readonly problems?: never }
  | { readonly problems: readonly Problem[]; readonly spec?: never };

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
    const { python, preload, beforeFork, workers, env, workerClass, threads, warmup = file.warmup } = variant;
    // What was always so is not said: runs of most labs look as they did before there was a choice.
    const server = { ...(workerClass === "sync" ? {} : { workerClass }), ...(threads === 1 ? {} : { threads }) };
    // Without preload the master has nothing to warm up, and results must not claim that it was.
    const warm = { preload, beforeFork, warmup: preload ? warmup : 0 };
    return [{ name, python: python as InterpreterId, ...warm, workers, ...server, env }];
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
  const { warmup: _, app, ...rest } = file;
  const { over: __, ...own } = app ?? {};
  return {
    ...rest,
    app: app === undefined ? null : (own as LabSpec["app"]),
    fleet: { ...fleet, memoryBytes: memoryBytes(memory) },
    load: toLoad(file.load),
    variants,
    baseline: file.baseline ?? (variants.find(({ preload }) => preload) ?? variants[0])?.name ?? "",
  };
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
    const found = toProblems(issues, read.value, locate, labJsonSchema() as SchemaNode);
    // Typing errors in keys should not hide what else is wrong.
    const rest = labFileSchema.safeParse(withoutUnknown(read.value, issues));
    return { problems: inOrder([...found, ...(rest.success ? checkRules(rest.data, locate) : [])]) };
  }
  const problems = checkRules(checked.data, locate);
  if (problems.length > 0) return { problems: inOrder(problems) };
  const spec = toSpec(checked.data, variantNames(read.document));
  return { spec, over: checked.data.app?.over ?? null, locate };
}
