import type { BlamedPage, BlamedProcess, Cause, Subject } from "../../model/blame.js";
import type { Block } from "./blocks.js";
import type { Capture, Change, ChangedProcess } from "./capture.js";
import { CauseFinder, type Finding, type Now } from "./causes.js";
import { collectedPages, collectionsOf } from "./collections.js";
import { Heap } from "./heap.js";
import { Names } from "./names.js";
import { reach } from "./reach.js";
import { outside } from "./regions.js";
import { PAGE, WORDS } from "./snapshot.js";

/** Subjects that were met, each once. */
class Subjects {
  readonly all: Subject[] = [];
  readonly #known = new Map<string, number>();

  index(subject: Subject): number {
    const key = `${subject.cause}\n${subject.type}\n${subject.module}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.all.length);
    return this.all.push(subject) - 1;
  }
}

/** The changed words of the page that is being looked at. */
class ChangedWords implements Now {
  #base = 0;
  #values: readonly number[] = [];
  /** Number of each word's value + 1. */
  readonly #numbers = new Uint16Array(WORDS);

  /** @param base - address of the page */
  turnTo(base: number, { words, values }: Change): void {
    this.#base = base;
    this.#values = values;
    this.#numbers.fill(0);
    words.forEach((word, number) => {
      this.#numbers[word] = number + 1;
    });
  }

  get(address: number): number | undefined {
    return this.#values[(this.#numbers[(address - this.#base) / 8] ?? 0) - 1];
  }
}

/** What lost pages are blamed on. */
export interface Attribution {
  readonly subjects: readonly Subject[];
  readonly processes: readonly BlamedProcess[];
  readonly pages: readonly BlamedPage[];
}

/** What causes are found in. */
type Analysed = Omit<Capture, "source">;

/** Blames single words and pages of one capture. */
export class Attributor {
  readonly subjects = new Subjects();
  readonly heap: Heap;
  readonly names: Names;
  readonly causes: CauseFinder;
  readonly #changed = new ChangedWords();
  readonly #known = new Map<Block, Map<Cause, number>>();

  constructor(capture: Analysed) {
    this.heap = new Heap(capture.snapshot, capture.map);
    reach(this.heap);
    this.names = new Names(this.heap);
    this.causes = new CauseFinder(this.heap);
  }

  /** Indexes of the subjects that wrote to a page, ascending. */
  page(change: Change, collected: ReadonlySet<number>): readonly number[] {
    const base = (this.heap.snapshot.pages[change.page] as number) * PAGE;
    const now = this.#changed;
    now.turnTo(base, change);
    const found = new Set<number>();
    for (const word of change.words) found.add(this.#subject(this.causes.find(base + word * 8, now)));
    if (collected.has(change.page) && ![...found].some((one) => this.subjects.all[one]?.cause === "gc header")) {
      const type = "same links put back by a collection";
      found.add(this.subjects.index({ cause: "gc header", type, module: "", example: "" }));
    }
    if (found.size === 0) found.add(this.subjects.index(this.#same(base)));
    return [...found].sort((a, b) => a - b);
  }

  /**
   * A page that was written and is as before. Where objects lie on it whose references are counted, that is what was
   * written most likely: a count went up and came down again.
   */
  #same(base: number): Subject {
    if (this.heap.countsOn(base)) return same("counts that came back, most likely");
    // The middle: data of two variables may meet at the edges.
    const block = this.heap.holding(base + PAGE / 2);
    return same(block === undefined ? outside(this.heap, base + PAGE / 2).type : "");
  }

  /** The same for all workers: what one block is blamed for is looked up once. */
  #subject(finding: Finding): number {
    const { cause, block } = finding;
    if (block === undefined) return this.#index(finding);
    const causes = this.#known.get(block) ?? new Map<Cause, number>();
    this.#known.set(block, causes);
    const known = causes.get(cause) ?? this.#index(finding);
    causes.set(cause, known);
    return known;
  }

  #index({ cause, type, block, field }: Finding): number {
    const { module, path } = block === undefined ? NOWHERE : this.names.home(block);
    return this.subjects.index({ cause, type, module, example: `${path}${field}` });
  }
}

const same = (type: string): Subject => ({ cause: "same value rewritten", type, module: "", example: "" });

const NOWHERE = { module: "", path: "" };

/** Verdicts of one page: processes with the same subjects together. */
type Verdicts = Map<string, { processes: number[]; subjects: readonly number[] }>;

function blamedProcess(
  process: ChangedProcess,
  index: number,
  named: number,
  collections: readonly number[],
): BlamedProcess {
  return {
    pid: process.pid,
    role: index === 0 ? "master" : "worker",
    lost: process.changes.length,
    named,
    collections,
  };
}

/** Blames every lost page of every process. */
export function attribute(capture: Analysed): Attribution {
  const attributor = new Attributor(capture);
  const { heap, subjects } = attributor;
  const pages = new Map<number, Verdicts>();
  const pagesLookedAt = collectedPages(heap);
  const processes = capture.processes.map((process, index) => {
    const collections = collectionsOf(heap, process);
    const collected = pagesLookedAt(collections);
    let named = 0;
    for (const change of process.changes) {
      const found = attributor.page(change, collected);
      if (found.every((one) => subjects.all[one]?.cause !== "unknown")) named += 1;
      addVerdict(pages, change.page, index, found);
    }
    return blamedProcess(process, index, named, collections);
  });
  return { subjects: subjects.all, processes, pages: blamedPages(heap, pages) };
}

function addVerdict(pages: Map<number, Verdicts>, page: number, process: number, subjects: readonly number[]): void {
  const verdicts = pages.get(page) ?? new Map();
  pages.set(page, verdicts);
  const key = subjects.join(",");
  const verdict = verdicts.get(key);
  if (verdict === undefined) verdicts.set(key, { processes: [process], subjects });
  else verdict.processes.push(process);
}

function blamedPages({ snapshot }: Heap, pages: ReadonlyMap<number, Verdicts>): BlamedPage[] {
  return [...pages]
    .sort(([a], [b]) => a - b)
    .map(([page, verdicts]) => {
      const address = (snapshot.pages[page] as number) * PAGE;
      const mapping = snapshot.segmentOf(address)?.name ?? "";
      return { address: `0x${address.toString(16)}`, mapping, verdicts: [...verdicts.values()] };
    });
}
