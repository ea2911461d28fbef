/** Lost pages with a cause, or a type, in common: all of them, and those that nothing else wrote to. */
export interface BlameShare {
  readonly name: string;
  readonly pages: number;
  readonly only: number;
}

/** A page that some processes lost. */
export interface LostPage {
  /** Of its first byte, hexadecimal. */
  readonly address: string;
  /** Each with indexes into `processes`. */
  readonly verdicts: readonly { readonly processes: readonly number[] }[];
}

/** What a report shows of `blame/<variant>.json`. */
export interface BlameSummary {
  readonly variant: string;
  readonly requestsPerWorker: number;
  readonly lostPages: number;
  /** Lost pages all of whose writers have a name / lost pages; `null` where none was lost. */
  readonly namedFraction: number | null;
  readonly causes: readonly BlameShare[];
  readonly types: readonly BlameShare[];
  readonly processes: readonly { readonly role: "master" | "worker" }[];
  readonly pages: readonly LostPage[];
}
