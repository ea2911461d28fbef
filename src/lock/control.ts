/** Fields of one paragraph of a Debian control file, by lower-case name. */
export type Stanza = ReadonlyMap<string, string>;

/**
 * Reads the paragraphs of Debian control data (deb-control(5), RFC 822 with folded lines).
 * A folded field keeps its lines, each without its first blank, joined by newlines.
 * Lines that are neither are skipped, since apt's output carries such lines when it warns.
 */
export function parseControl(text: string): Stanza[] {
  const stanzas: Stanza[] = [];
  let fields = new Map<string, string>();
  let current: string | undefined;
  const finish = (): void => {
    if (fields.size > 0) stanzas.push(fields);
    fields = new Map();
    current = undefined;
  };
  for (const line of text.split("\n")) {
    if (line.trim() === "") {
      finish();
      continue;
    }
    if (/^[ \t]/.test(line) && current !== undefined) {
      fields.set(current, `${fields.get(current) ?? ""}\n${line.slice(1)}`);
      continue;
    }
    const match = /^([!-9;-~]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    current = match?.[1]?.toLowerCase();
    if (current !== undefined) fields.set(current, match?.[2] ?? "");
  }
  finish();
  return stanzas;
}

/** One package that apt would install. */
export interface Selected {
  readonly name: string;
  readonly version: string;
}

/**
 * Packages of `apt-get --simulate install`, from its `Inst name (version origin [arch])` lines, in apt's order.
 * A name never carries its `:arch` suffix.
 */
export function parseSimulation(output: string): Selected[] {
  return output.split("\n").flatMap((line) => {
    const match = /^Inst (\S+) (?:\[[^\]]*\] )?\((\S+)/.exec(line);
    const name = match?.[1]?.replace(/:.*$/, "");
    return name !== undefined && match?.[2] !== undefined ? [{ name, version: match[2] }] : [];
  });
}

/** One line of a folded checksum field: hash, size in bytes, file name. */
export interface ChecksumLine {
  readonly hash: string;
  readonly size: number;
  readonly file: string;
}

/** The lines of `Checksums-Sha256` of a source package. */
export function parseChecksums(field: string): ChecksumLine[] {
  return field.split("\n").flatMap((line) => {
    const match = /^\s*([0-9a-f]{64})\s+(\d+)\s+(\S+)\s*$/.exec(line);
    return match?.[1] && match[2] && match[3] ? [{ hash: match[1], size: Number(match[2]), file: match[3] }] : [];
  });
}
