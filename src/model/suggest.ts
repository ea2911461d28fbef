/** Edits (insert, delete, replace, swap of neighbours) that turn one word into the other: optimal string alignment. */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...new Array<number>(b.length).fill(0)]);
  const at = (i: number, j: number): number => rows[i]?.[j] ?? (i <= 0 ? j : i);
  rows[0] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : replaced;
      (rows[i] as number[])[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced, swapped);
    }
  }
  return at(a.length, b.length);
}

/** Longer words are typed by nobody; the comparison is quadratic. */
const MAX_WORD = 60;

/**
 * The candidates that a mistyped word may have meant, the most likely first.
 * @param most - names so many at most
 * @returns none when nothing is near: more than a third of the letters would have to change
 */
export function nearest(word: string, candidates: Iterable<string>, most: number): string[] {
  if (word.length > MAX_WORD) return [];
  const near = [...candidates].flatMap((name) => {
    const edits = distance(word.toLowerCase(), name.toLowerCase());
    return edits <= Math.max(1, Math.floor(Math.max(word.length, name.length) / 3)) ? [{ name, edits }] : [];
  });
  // Sorting is stable: of those equally near the first stays the first.
  return near
    .sort((a, b) => a.edits - b.edits)
    .slice(0, most)
    .map(({ name }) => name);
}

/** The nearest of the candidates, or `undefined`. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  return nearest(word, candidates, 1)[0];
}

/** ` (did you mean "x"?)`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const name = suggest(word, candidates);
  return name === undefined ? "" : ` (did you mean ${JSON.stringify(name)}?)`;
}
