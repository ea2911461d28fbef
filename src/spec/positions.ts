import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type LineCounter, type Node, type Pair } from "yaml";

/** Keys and indexes that lead to a value. */
export type Path = readonly PropertyKey[];

/** Counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Finds where in the text a value stands. */
export interface Locator {
  /** Position of the value at `path`, or of the nearest parent that exists. */
  value(path: Path): Position;
  /** Position of the last key of `path` itself. */
  key(path: Path): Position;
  /** Position of a column (from 1) inside a one-line text value; the value's own where that cannot be told. */
  within(path: Path, column: number): Position;
}

type Step = { readonly key: Node | null; readonly value: Node | null };

function child(document: Document, node: Node | null, key: PropertyKey): Step | undefined {
  const target = isAlias(node) ? (node.resolve(document) ?? null) : node;
  if (isSeq(target)) {
    const value = target.items[Number(key)] as Node | undefined;
    return value === undefined ? undefined : { key: null, value };
  }
  if (!isMap(target)) return undefined;
  const pair = target.items.find(
    (item): item is Pair<Node, Node | null> => isPair(item) && isScalar(item.key) && String(item.key.value) === key,
  );
  return pair === undefined ? undefined : { key: pair.key, value: pair.value };
}

function walk(document: Document, path: Path): Step {
  let step: Step = { key: null, value: document.contents as Node | null };
  for (const part of path) {
    const next = child(document, step.value, part);
    if (next === undefined) break;
    step = { key: next.key, value: next.value ?? next.key };
  }
  return step;
}

/** Looks up positions in a parsed document. */
export function locator(document: Document, lines: LineCounter): Locator {
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    // An empty text has no line starts, which the counter reports as line 0.
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const start = (node: Node | null | undefined): number => node?.range?.[0] ?? 0;
  return {
    value: (path) => at(start(walk(document, path).value)),
    key: (path) => {
      const step = walk(document, path);
      return at(start(step.key ?? step.value));
    },
    within: (path, column) => {
      const { value } = walk(document, path);
      const plain = isScalar(value) && (value.type === "PLAIN" || value.type?.startsWith("QUOTE_"));
      if (!plain || !isScalar(value) || String(value.value).includes("\n")) return at(start(value));
      return at(start(value) + (value.type === "PLAIN" ? 0 : 1) + column - 1);
    },
  };
}
