import { Document, LineCounter } from "yaml";
import type { Variables } from "../model/env-file.js";
import { readYaml } from "./yaml.js";

/** Stands where a value was. */
const LEFT_OUT = "(left out)";

/** A lab file that may be shown to anybody, and what was left out of it. */
export interface PublicLabFile {
  readonly text: string;
  readonly variables: Variables;
}

type Found = [name: string, value: string][];

function masked(value: unknown, found: Found): unknown {
  if (Array.isArray(value)) return value.map((one) => masked(one, found));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === "env" ? maskedVariables(inner, found) : masked(inner, found),
    ]),
  );
}

function maskedVariables(value: unknown, found: Found): unknown {
  if (typeof value !== "object" || value === null) return LEFT_OUT;
  for (const [name, one] of Object.entries(value)) found.push([name, String(one)]);
  return Object.fromEntries(Object.keys(value).map((name) => [name, LEFT_OUT]));
}

/** Data with the values of every `env` left out, and those values. */
export function withoutVariables(data: unknown): { readonly data: unknown } & Pick<PublicLabFile, "variables"> {
  const found: Found = [];
  const copy = masked(data, found);
  return { data: copy, variables: found };
}

/**
 * A lab file without the values of its environment variables and without comments, which may hold anything.
 * @returns `undefined` where the text is no YAML: nobody can say what is a value there
 */
export function publicLabFile(text: string): PublicLabFile | undefined {
  const read = readYaml(text, new LineCounter());
  if (read.problems !== undefined) return undefined;
  const { data, variables } = withoutVariables(read.value);
  return { text: new Document(data).toString(), variables };
}
