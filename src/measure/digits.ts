import { STRETCHES } from "../model/run.js";

/** Pages of a stretch; stretches differ by one page at most. */
function pagesOf(stretch: number, p0Pages: number): number {
  const first = (index: number): number => Math.ceil((index * p0Pages) / STRETCHES);
  return first(stretch + 1) - first(stretch);
}

/** Counts of pages as digits; only what is nothing is 0, and only what is all (or more) is 9. */
export function digits(counts: readonly number[] | undefined, p0Pages: number): string {
  return (counts ?? [])
    .map((pages, stretch) => {
      const all = pagesOf(stretch, p0Pages);
      if (pages === 0) return 0;
      return pages >= all ? 9 : Math.min(Math.max(Math.round((pages / all) * 9), 1), 8);
    })
    .join("");
}
