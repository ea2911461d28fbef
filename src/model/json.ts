/** Anything JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** JSON with keys sorted by UTF-16 code units and no spaces: equal data gives equal bytes, so its hash identifies it. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

/** The same order, indented and ending in a newline: for files that people read and diff (lab.lock). */
export function readableJson(value: unknown): string {
  return `${JSON.stringify(sorted(value), null, 2)}\n`;
}
