/** Why a process wrote to a preloaded page (DESIGN section 6). */
export const CAUSES = [
  "reference count",
  "gc header",
  "bytecode",
  "lazily filled field",
  "container storage",
  "object field",
  "shared keys",
  "freed block",
  "free block filled",
  "free list",
  "interpreter data",
  "library data",
  "C heap",
  "stack",
  "same value rewritten",
  "unknown",
] as const;

export type Cause = (typeof CAUSES)[number];

/** A cause, and whose. */
export interface Subject {
  readonly cause: Cause;
  /** Class of the object, name of the table, library; "" where there is none. */
  readonly type: string;
  /** "" where no module leads to it. */
  readonly module: string;
  /** One of the objects, e.g. `URLResolver._populated`. */
  readonly example: string;
}

/** What made some processes lose a page. */
export interface Verdict {
  /** Indexes into `processes`. */
  readonly processes: readonly number[];
  /** Indexes into `subjects`: every cause that was seen. One alone is the only one. */
  readonly subjects: readonly number[];
}

export interface BlamedPage {
  /** Of its first byte, e.g. `0x7f8c63a73000`. */
  readonly address: string;
  /** File, `[heap]`, `[stack]`, or "". */
  readonly mapping: string;
  readonly verdicts: readonly Verdict[];
}

/** Lost pages with something in common, added up over the workers. */
export interface Share {
  readonly name: string;
  /** Lost pages that it wrote to. */
  readonly pages: number;
  /** Those that nothing else wrote to: what fixing it alone would save. */
  readonly only: number;
}

export interface BlamedProcess {
  readonly pid: number;
  readonly role: "master" | "worker";
  readonly lost: number;
  /** Lost pages all of whose writers have a name. */
  readonly named: number;
  /** Collections of generation 0, 1 and 2 since the fork. */
  readonly collections: readonly number[];
}

/** `blame/<variant>.json` of a run. Pages are counted once for each worker that lost them; the master's are not. */
export interface BlameResult {
  readonly schemaVersion: 1;
  readonly run: string;
  readonly lab: string;
  readonly variant: string;
  readonly requestsPerWorker: number;
  readonly python: string;
  readonly pageSize: number;
  readonly p0Pages: number;
  readonly lostPages: number;
  /** Lost pages all of whose writers have a name / lost pages; null where none was lost. */
  readonly namedFraction: number | null;
  readonly seconds: { readonly saving: number; readonly reading: number; readonly analysing: number };
  readonly processes: readonly BlamedProcess[];
  readonly causes: readonly Share[];
  readonly types: readonly Share[];
  readonly modules: readonly Share[];
  readonly subjects: readonly Subject[];
  readonly pages: readonly BlamedPage[];
}
