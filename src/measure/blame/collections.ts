import type { ChangedProcess } from "./capture.js";
import type { Heap } from "./heap.js";
import { GENERATION_STATS, GENERATIONS, INTERPRETER } from "./layout.js";
import { PAGE } from "./snapshot.js";

/** Collections of generation 0, 1 and 2 that a process has made since the fork: the interpreter counts them; Python 2 does not. */
export function collectionsOf(heap: Heap, process: ChangedProcess): readonly number[] {
  const { snapshot, map } = heap;
  if (map.runtime === 0) return [];
  return [0, 1, 2].map((generation) => {
    const address = map.runtime + INTERPRETER + GENERATIONS.stats + generation * GENERATION_STATS;
    const page = snapshot.indexOf(address);
    const change = process.changes.find((one) => one.page === page);
    const at = change?.words.indexOf((address % PAGE) / 8) ?? -1;
    return at < 0 ? 0 : (change?.values[at] as number) - snapshot.word(address);
  });
}

/**
 * Pages that the collector must have written to: it counts in the header of every object that it looks at
 * (Python/gc.c, update_refs), and puts the same links back. Objects of the preloaded heap are looked at by a collection
 * of their generation or an older one; frozen and sealed ones by none.
 * @returns a function of how often each generation was collected
 */
export function collectedPages(heap: Heap): (collections: readonly number[]) => ReadonlySet<number> {
  const pages = heap.generations().map((headers) => {
    const found = new Set([...headers].map((header) => heap.snapshot.indexOf(header)));
    found.delete(-1);
    return found;
  });
  return (collections) => {
    const looked = pages.filter((_, generation) => collections.slice(generation).some((count) => count > 0));
    return new Set(looked.flatMap((found) => [...found]));
  };
}
