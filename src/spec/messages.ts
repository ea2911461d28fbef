import type { z } from "zod";
import { didYouMean } from "../model/suggest.js";
import type { Locator, Path } from "./positions.js";
import { dotted, type Problem } from "./problems.js";

type Issue = z.core.$ZodIssue;

/** A JSON schema, as far as names of keys go. */
export interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

/** The keys that may stand at a path, from the JSON schema, whose shape is simpler to walk than zod's own. */
function allowedKeys(path: Path, schema: SchemaNode): string[] {
  let node: SchemaNode | undefined = schema;
  for (const part of path) {
    const inner: SchemaNode | undefined = node?.anyOf?.find(({ properties }) => properties !== undefined) ?? node;
    const rest: SchemaNode | undefined =
      typeof inner?.additionalProperties === "object" ? inner.additionalProperties : undefined;
    node = typeof part === "number" ? inner?.items : (inner?.properties?.[String(part)] ?? rest);
  }
  const last = node?.anyOf?.find(({ properties }) => properties !== undefined) ?? node;
  return Object.keys(last?.properties ?? {});
}

const TYPES: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
};

function shown(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function typeMessage(issue: z.core.$ZodIssueInvalidType, input: unknown): string {
  const wanted = TYPES[issue.expected] ?? issue.expected;
  if (input === undefined) return `is missing; expected ${wanted}`;
  const quote = issue.expected === "string" && typeof input === "number" ? "; put it in quotes" : "";
  return `expected ${wanted}, got ${shown(input)}${quote}`;
}

function limitMessage(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const small = issue.code === "too_small";
  const limit = Number(small ? issue.minimum : issue.maximum).toLocaleString("en");
  const bound = issue.inclusive === false ? (small ? "more than" : "less than") : small ? "at least" : "at most";
  if (issue.origin === "string") return `must have ${bound} ${limit} characters`;
  if (issue.origin === "array") return `must have ${bound} ${limit} entries`;
  return `must be ${bound} ${limit}`;
}

function message(issue: Issue, input: unknown): string {
  switch (issue.code) {
    case "invalid_type":
      return typeMessage(issue, input);
    case "too_small":
    case "too_big":
      return limitMessage(issue);
    case "invalid_value": {
      const values = issue.values.map(String);
      const wanted = values.length === 1 ? values[0] : `one of ${values.join(", ")}`;
      if (input === undefined) return `is missing; expected ${wanted}`;
      return `expected ${wanted}, got ${shown(input)}${didYouMean(String(input), values)}`;
    }
    case "invalid_format":
      return `${issue.message}, got ${shown(input)}`;
    default:
      return issue.message;
  }
}

function at(path: Path, input: unknown): unknown {
  return path.reduce<unknown>(
    (value, part) => (value !== null && typeof value === "object" ? Reflect.get(value, part) : undefined),
    input,
  );
}

/** Of the branches of a union, the one that the author meant: the first that accepts the kind of value there is. */
function meant(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] {
  const fits = (branch: readonly Issue[]) =>
    !branch.some(({ code, path }) => code === "invalid_type" && path.length === 0);
  return issue.errors.find(fits) ?? issue.errors[0] ?? [];
}

/**
 * Turns what zod found into problems with positions.
 * @param input - the whole value that was checked: messages show what stands there
 * @param schema - of the whole value, for suggestions
 */
export function toProblems(
  issues: readonly Issue[],
  input: unknown,
  locate: Locator,
  schema: SchemaNode,
  base: Path = [],
): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const path = [...base, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        ...locate.key([...path, key]),
        path: dotted([...path, key]),
        message: `unknown key${didYouMean(key, allowedKeys(path, schema))}`,
      }));
    }
    if (issue.code === "invalid_union") return toProblems(meant(issue), input, locate, schema, path);
    if (issue.code === "invalid_key") {
      const reason = issue.issues[0]?.message ?? issue.message;
      return [{ ...locate.key(path), path: dotted(path), message: reason }];
    }
    return [{ ...locate.value(path), path: dotted(path), message: message(issue, at(path, input)) }];
  });
}
