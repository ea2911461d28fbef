import { type Document, type LineCounter, parseDocument, visit, type YAMLError } from "yaml";
import type { Problem } from "./problems.js";

/** Longer texts are no files of a lab. Characters. */
const MAX_LENGTH = 256 * 1024;
/** A lab needs no aliases at all; a few are convenient, many are an attack that grows exponentially. */
const MAX_ALIASES = 50;

function syntaxProblem({ message, pos, code }: YAMLError, lines: LineCounter): Problem {
  const { line, col } = lines.linePos(pos[0]);
  const text = code === "DUPLICATE_KEY" ? "this key stands here twice" : message;
  return { line: Math.max(1, line), column: Math.max(1, col), path: "", message: text };
}

/** The schema library passes over this one key without a word. */
function forbiddenKeys(document: Document, lines: LineCounter): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Scalar(place, { value, range }) {
      if (place !== "key" || value !== "__proto__") return;
      const { line, col } = lines.linePos(range?.[0] ?? 0);
      problems.push({ line, column: col, path: "__proto__", message: "nothing can have this name" });
    },
  });
  return problems;
}

/** A document with its value, or what is wrong with the text. */
export type Read =
  | { readonly document: Document; readonly value: unknown; readonly problems?: never }
  | { readonly problems: readonly Problem[]; readonly document?: never };

const atStart = (message: string): Read => ({ problems: [{ line: 1, column: 1, path: "", message }] });

/** Reads YAML strictly: no unknown tags, no key twice, few aliases. */
export function readYaml(text: string, lines: LineCounter): Read {
  if (text.length > MAX_LENGTH) return atStart(`longer than ${MAX_LENGTH} characters`);
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      uniqueKeys: true,
    });
    // A warning is an unknown tag or directive: nothing a lab file has a use for.
    const found = [...document.errors, ...document.warnings];
    if (found.length > 0) return { problems: found.map((error) => syntaxProblem(error, lines)) };
    const forbidden = forbiddenKeys(document, lines);
    if (forbidden.length > 0) return { problems: forbidden };
    return { document, value: document.toJS({ maxAliasCount: MAX_ALIASES }) };
  } catch (error) {
    if (error instanceof RangeError) return atStart("nested too deeply");
    if (error instanceof ReferenceError) return atStart(`cannot follow the aliases: ${error.message}`);
    throw error;
  }
}
