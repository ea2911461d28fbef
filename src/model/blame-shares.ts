import type { BlamedPage, BlamedProcess, Share, Subject } from "./blame.js";

/** What shares are counted from. */
export interface Blamed {
  readonly subjects: readonly Subject[];
  readonly processes: readonly BlamedProcess[];
  readonly pages: readonly BlamedPage[];
}

/** Which processes' pages count: every worker's, or one process's. */
export type Chosen = (process: number) => boolean;

/** Every worker, none of the master. */
export function workersOf({ processes }: Blamed): Chosen {
  return (process) => processes[process]?.role === "worker";
}

/** Calls back for each distinct verdict with how many chosen processes it holds for. */
function eachVerdict(
  { pages }: Blamed,
  chosen: Chosen,
  take: (subjects: readonly number[], times: number) => void,
): void {
  for (const { verdicts } of pages) {
    for (const { processes, subjects } of verdicts) {
      const times = processes.filter(chosen).length;
      if (times > 0) take(subjects, times);
    }
  }
}

/**
 * Lost pages by one property of what wrote to them, most first.
 * @param nameOf - e.g. the subject's class
 */
export function sharesBy(
  blamed: Blamed,
  nameOf: (subject: Subject) => string,
  chosen: Chosen = workersOf(blamed),
): Share[] {
  const found = new Map<string, { pages: number; only: number }>();
  eachVerdict(blamed, chosen, (subjects, times) => {
    const names = new Set(subjects.map((index) => nameOf(blamed.subjects[index] as Subject)));
    for (const name of names) {
      const share = found.get(name) ?? { pages: 0, only: 0 };
      share.pages += times;
      if (names.size === 1) share.only += times;
      found.set(name, share);
    }
  });
  return [...found]
    .map(([name, share]) => ({ name, ...share }))
    .sort((a, b) => b.pages - a.pages || b.only - a.only || (a.name < b.name ? -1 : 1));
}

/** Lost pages that would be shared if these subjects did not write: those that nothing else wrote to. */
export function savedWithout(
  blamed: Blamed,
  fixed: (subject: Subject) => boolean,
  chosen: Chosen = workersOf(blamed),
): number {
  let saved = 0;
  eachVerdict(blamed, chosen, (subjects, times) => {
    if (subjects.every((index) => fixed(blamed.subjects[index] as Subject))) saved += times;
  });
  return saved;
}
