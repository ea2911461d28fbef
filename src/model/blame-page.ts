import type { Cause } from "./blame.js";

/** Something that lay on a page before the first fork. */
export interface PageObject {
  /** From the beginning of the page, in bytes; below 0 where it began on the page before. */
  readonly offset: number;
  readonly bytes: number;
  /** Its class; or `memory`, `free`, `free list`, `pool header`. */
  readonly what: string;
  /** `module:path`, as far as it is known. */
  readonly place: string;
}

/** A word of 8 bytes that changed; hexadecimal. */
export interface PageWord {
  readonly offset: number;
  readonly before: string;
  readonly now: string;
  readonly cause: Cause;
  /** Class, table or library. */
  readonly type: string;
  readonly place: string;
}

/** One page before and after. */
export interface PageView {
  readonly schemaVersion: 1;
  /** Of its first byte, hexadecimal. */
  readonly address: string;
  readonly objects: readonly PageObject[];
  /** Processes that lost it, each with what is different. */
  readonly processes: readonly {
    readonly pid: number;
    readonly role: "master" | "worker";
    readonly words: readonly PageWord[];
  }[];
}
