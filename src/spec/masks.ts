/** A pattern that repeats without limit: `*`, `+`, `{2,}`. */
const UNBOUNDED = /^(?:[*+]|\{\d+,\})/;
const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\})/;

interface Group {
  repeats: boolean;
  alternatives: boolean;
}

/** End of a character class that starts at `open`. */
function classEnd(pattern: string, open: number): number {
  for (let index = open + 1; index < pattern.length; index += 1) {
    if (pattern[index] === "\\") index += 1;
    else if (pattern[index] === "]") return index;
  }
  return pattern.length;
}

/**
 * Whether a group that repeats holds a repetition or alternatives, the two shapes that make matching exponential.
 * Refuses some harmless patterns; a mask never needs them.
 */
function repeatsNested(pattern: string): boolean {
  const groups: Group[] = [{ repeats: false, alternatives: false }];
  const current = (): Group => groups[groups.length - 1] as Group;
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern[index];
    if (character === "\\") index += 1;
    else if (character === "[") index = classEnd(pattern, index);
    else if (character === "(") groups.push({ repeats: false, alternatives: false });
    else if (character === "|") current().alternatives = true;
    else if (character === ")" && groups.length > 1) {
      const closed = groups.pop() as Group;
      const rest = pattern.slice(index + 1);
      const repeated = QUANTIFIER.test(rest) && !rest.startsWith("?");
      if (repeated && (closed.repeats || closed.alternatives)) return true;
      current().repeats ||= closed.repeats;
    } else if (UNBOUNDED.test(pattern.slice(index))) current().repeats = true;
  }
  return false;
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
  if (repeatsNested(pattern)) return "repeats a group that holds a repetition or alternatives, which can take for ever";
  if (/\\[1-9]|\\k</.test(pattern)) return "must not refer back to a group, which can take for ever";
  return compiled.test("") ? "matches the empty text, so it masks nothing" : undefined;
}
