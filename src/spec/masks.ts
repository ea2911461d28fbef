/** Parts of a pattern: an escape, a class, the begin of a group, or one character. */
const TOKEN =
  /\\(?:u[\dA-Fa-f]{4}|x[\dA-Fa-f]{2}|c[A-Za-z]|[\s\S])|\[(?:\\[\s\S]|[^\]\\])*\]|\((?:\?(?:<?[=!]|<[^>]+>|[a-z-]*:))?|[\s\S]/y;
const QUANTIFIER = /(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/y;
const NO_WIDTH = /^(?:[\^$]|\\[bB])$/;

/** More matches of one part than this count as any number. */
const FEW = 9;

/** What matches one character, as often as its quantifier says; or a repeated group of such. */
interface Part {
  /** A pattern of each single character that it can match. */
  readonly source: string;
  /** As the user wrote it. */
  readonly text: string;
  /** Matches texts of very different lengths. */
  readonly long: boolean;
  /** Whatever the whole matches has at least one character of it. */
  readonly required: boolean;
}

interface Quantifier {
  readonly text: string;
  readonly long: boolean;
  readonly required: boolean;
}

/** A group whose end was not read yet. */
interface Group {
  /** Index of its first part, and of its first character. */
  readonly first: number;
  readonly begin: number;
  /** Alternatives, or looked at only: not every part need match. */
  optional: boolean;
}

/** The end of an alternative: nothing goes on from one into the next. */
const END: Part = { source: "[]", text: "|", long: false, required: true };

function wordAt(token: RegExp, pattern: string, index: number): RegExpExecArray | null {
  token.lastIndex = index;
  return token.exec(pattern);
}

function quantifierAt(pattern: string, index: number): Quantifier {
  const [text = "", sign = "", digits = "1", comma = "", bound = ""] = wordAt(QUANTIFIER, pattern, index) ?? [];
  const least = sign === "" ? Number(digits) : Number(sign === "+");
  const most = sign === "?" ? 1 : sign !== "" || (comma !== "" && bound === "") ? Number.POSITIVE_INFINITY : bound;
  return { text, required: least > 0, long: comma + sign !== "" && Number(most) > FEW };
}

/**
 * The parts of a pattern in their order, groups dissolved.
 * @returns `undefined` where a group that repeats holds a repetition or alternatives, which makes matching exponential;
 *   this refuses some harmless patterns, but a mask never needs them
 */
function partsOf(pattern: string): readonly Part[] | undefined {
  const parts: Part[] = [];
  const groups: Group[] = [];
  for (let index = 0; index < pattern.length; ) {
    const token = wordAt(TOKEN, pattern, index)?.[0] ?? "";
    const begin = index;
    index += token.length;
    const open = groups.at(-1);
    if (token.startsWith("(")) groups.push({ first: parts.length, begin, optional: /[=!]$/.test(token) });
    else if (token === "|" && open !== undefined) open.optional = true;
    else if (token === "|") parts.push(END);
    else if (!NO_WIDTH.test(token)) {
      const quantifier = quantifierAt(pattern, index);
      index += quantifier.text.length;
      const text = pattern.slice(token === ")" ? open?.begin : begin, index);
      const added = token === ")" ? closed(groups, parts, text, quantifier) : [{ ...quantifier, text, source: token }];
      if (added === undefined) return undefined;
      parts.push(...added);
    }
  }
  return parts;
}

/** Takes the last group off; what is to stand in its place among the parts. */
function closed(groups: Group[], parts: Part[], text: string, quantifier: Quantifier): readonly Part[] | undefined {
  const { first = 0, optional = false } = groups.pop() ?? {};
  const inner = parts.splice(first);
  const repeats = quantifier.text !== "" && !quantifier.text.startsWith("?");
  if (repeats && (optional || inner.some(({ long }) => long))) return undefined;
  const required = quantifier.required && !optional;
  if (!quantifier.long) return inner.map((part) => ({ ...part, required: required && part.required }));
  const source = inner.map((part) => part.source).join("|");
  return [{ source, text, long: true, required: required && inner.some((part) => part.required) }];
}

/** Every UTF-16 unit, in which patterns without flags match. */
const UNITS = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit));

/**
 * Two long parts that can share a text in many ways: time then grows with a power of its length. What is between them
 * and does not match within the first settles where that one ends.
 */
function sharing(parts: readonly Part[]): readonly [Part, Part] | undefined {
  const known = new Map<string, Uint8Array>();
  const members = ({ source }: Part): Uint8Array => {
    const one = new RegExp(`^(?:${source})$`);
    const found = known.get(source) ?? Uint8Array.from(UNITS, (unit) => Number(one.test(unit)));
    known.set(source, found);
    return found;
  };
  for (const [index, first] of parts.entries()) {
    if (!first.long) continue;
    for (const next of parts.slice(index + 1)) {
      const others = members(next);
      const overlap = members(first).some((has, unit) => has === 1 && others[unit] === 1);
      if (overlap && next.long) return [first, next];
      if (!overlap && next.required) break;
    }
  }
  return undefined;
}

/**
 * Checks a regular expression of `load.mask` (JavaScript syntax).
 * @returns what is wrong with it, or `undefined`
 */
export function maskProblem(pattern: string): string | undefined {
  let compiled: RegExp;
  try {
    compiled = new RegExp(pattern);
  } catch (error) {
    return `is no regular expression: ${(error as Error).message.replace(/^Invalid regular expression: /, "")}`;
  }
  if (/\\[1-9]|\\k</.test(pattern)) return "must not refer back to a group, which can take for ever";
  const parts = partsOf(pattern);
  if (parts === undefined) return "repeats a group that holds a repetition or alternatives, which can take for ever";
  const [first, next] = sharing(parts) ?? [];
  if (first !== undefined && next !== undefined) {
    return `has ${first.text} and then ${next.text}, which can match the same text, and so can take for ever; put between them what the first does not match`;
  }
  return compiled.test("") ? "matches the empty text, so it masks nothing" : undefined;
}
