/** What a registry wants to know before it answers (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** In lower case: `basic`, `bearer`. */
  readonly scheme: string;
  /** By name in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

const PARAMETER = /([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/y;
const SCHEME = /([\w!#$%&'*+.^`|~-]+)(?=\s|,|$)/y;
const GAP = /[\s,]*/y;

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/**
 * Reads the header `WWW-Authenticate`; what cannot be read ends the list.
 * @param header - one value, or several challenges divided by commas
 */
export function parseChallenges(header: string): Challenge[] {
  const found: { scheme: string; parameters: Record<string, string> }[] = [];
  let at = matchAt(GAP, header, 0)?.[0].length ?? 0;
  while (at < header.length) {
    const parameter = matchAt(PARAMETER, header, at);
    const match = parameter ?? matchAt(SCHEME, header, at);
    if (match === null) return found;
    const [, name = "", quoted, plain] = match;
    if (parameter === null) found.push({ scheme: name.toLowerCase(), parameters: {} });
    else {
      const last = found.at(-1);
      if (last) last.parameters[name.toLowerCase()] = quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "";
    }
    at += match[0].length;
    at += matchAt(GAP, header, at)?.[0].length ?? 0;
  }
  return found;
}
