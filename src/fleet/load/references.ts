import { LabError } from "../../model/errors.js";
import type { PathSpec } from "../../model/spec.js";
import { sha256 } from "../../system/hash.js";

/** Stands where a mask matched. */
const BLANK = "[masked]";

/** Characters shown around the first difference. */
const EXCERPT = 60;

/** A complete answer to one request. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** Blanks whatever may differ from answer to answer, such as a CSRF token. */
export type Mask = (body: string) => string;

/**
 * @param patterns - regular expressions in JavaScript syntax
 * @throws LabError "lab" for one that does not compile
 */
export function compileMasks(patterns: readonly string[]): Mask {
  const expressions = patterns.map((pattern) => {
    try {
      return new RegExp(pattern, "g");
    } catch (error) {
      throw new LabError("lab", `load.mask: ${(error as Error).message}`, {
        where: JSON.stringify(pattern),
        next: "correct load.mask in lab.yaml, then majek-lab validate",
        cause: error,
      });
    }
  });
  return (body) => expressions.reduce((text, expression) => text.replace(expression, BLANK), body);
}

interface Reference {
  /** As it came: most pages mask nothing, and equal bytes need neither decoding nor masking. */
  readonly raw: Buffer;
  /** Masked. */
  readonly text: string;
  readonly sha256: string;
  /** The variant that gave the answer. */
  readonly variant: string;
}

function firstDifference(expected: string, got: string): string[] {
  if (expected === got) return ["they differ in values of --env-file only, which are not shown"];
  let at = 0;
  while (at < expected.length && expected[at] === got[at]) at += 1;
  const from = Math.max(at - EXCERPT / 3, 0);
  const excerpt = (text: string): string => JSON.stringify(text.slice(from, from + EXCERPT));
  return [`first difference at character ${at}`, `expected ${excerpt(expected)}`, `got      ${excerpt(got)}`];
}

/**
 * What each path must answer. The status comes from the lab; the body from the first good answer of the run, whichever
 * variant gave it: all variants of a run share one object of this class.
 */
export class References {
  readonly #bodies = new Map<string, Reference>();
  readonly #mask: Mask;
  readonly #hide: Mask;

  /** @param hide - hides secrets in what is shown of a body */
  constructor(mask: Mask, hide: Mask = (body) => body) {
    this.#mask = mask;
    this.#hide = hide;
  }

  /**
   * @param variant - who answered
   * @returns what is wrong, line by line; `undefined` for a right answer
   */
  check(path: PathSpec, variant: string, answer: Answer): readonly string[] | undefined {
    if (answer.status !== path.status) {
      const begin = JSON.stringify(this.#hide(answer.body.toString("utf8")).slice(0, EXCERPT * 4));
      return [`expected status ${path.status}, got ${answer.status}`, `the body begins ${begin}`];
    }
    const reference = this.#bodies.get(path.path);
    if (reference?.raw.equals(answer.body)) return undefined;
    const text = this.#mask(answer.body.toString("utf8"));
    if (reference === undefined) {
      this.#bodies.set(path.path, { raw: answer.body, text, sha256: sha256(text), variant });
      return undefined;
    }
    // Comparing the text itself is cheaper than hashing it, and tells where it differs.
    if (text === reference.text) return undefined;
    return [
      `expected the body that ${reference.variant} gave first (sha256 ${reference.sha256.slice(0, 12)}), got another (sha256 ${sha256(text).slice(0, 12)})`,
      ...firstDifference(this.#hide(reference.text), this.#hide(text)),
    ];
  }
}
