const BEGIN = "Traceback (most recent call last):";
/** The classic builder's own words behind a failed step. */
const ENGINE = /^(The command .* returned a non-zero code|Removing intermediate container|---> )/;

/**
 * The end of the last Python traceback in a log: the last call and the error.
 * @param most - lines that are kept
 * @returns nothing where there is no traceback
 */
export function lastTraceback(lines: readonly string[], most = 8): readonly string[] {
  const begin = lines.findLastIndex((line) => line.includes(BEGIN));
  if (begin < 0) return [];
  const rest = lines.slice(begin + 1);
  // The traceback ends with the first line that is not indented: the error.
  const end = rest.findIndex((line) => !/^\s/.test(line) && line.trim() !== "");
  const traceback = rest.slice(0, end < 0 ? rest.length : end + 1).filter((line) => !ENGINE.test(line));
  return traceback.slice(-most);
}
