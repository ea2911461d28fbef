/** Where two contents differ, in words that need no other tool. */

/** A named range of a file that has parts. */
interface Part {
  readonly name: string;
  readonly content: Buffer;
}

const SECTION_HEADER = 64;

/** Sections of a 64-bit little-endian ELF file (elf(5)); `undefined` for anything else, or a damaged one. */
export function elfSections(file: Buffer): Part[] | undefined {
  if (file.length < 64 || file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1) return undefined;
  const start = Number(file.readBigUInt64LE(40));
  const [size, count, namesAt] = [file.readUInt16LE(58), file.readUInt16LE(60), file.readUInt16LE(62)];
  if (size !== SECTION_HEADER || start + size * count > file.length || namesAt >= count) return undefined;
  const range = (index: number): Buffer => {
    const at = start + index * size;
    const [offset, length] = [Number(file.readBigUInt64LE(at + 24)), Number(file.readBigUInt64LE(at + 32))];
    // SHT_NOBITS takes no bytes of the file.
    return file.readUInt32LE(at + 4) === 8 ? Buffer.alloc(0) : file.subarray(offset, offset + length);
  };
  const names = range(namesAt);
  const nameOf = (index: number): string => {
    const from = file.readUInt32LE(start + index * size);
    const end = names.indexOf(0, from);
    return names.toString("latin1", from, end < 0 ? names.length : end) || `section ${index}`;
  };
  return Array.from({ length: count }, (_, index) => ({ name: nameOf(index), content: range(index) }));
}

const AR_MAGIC = "!<arch>\n";
const AR_HEADER = 60;

/** Headers and members of a static archive (ar(5)). */
export function archiveMembers(file: Buffer): Part[] | undefined {
  if (file.toString("latin1", 0, 8) !== AR_MAGIC) return undefined;
  const parts: Part[] = [];
  for (let at = 8; at + AR_HEADER <= file.length; ) {
    const header = file.subarray(at, at + AR_HEADER);
    const name = header.toString("latin1", 0, 16).trim();
    const size = Number(header.toString("latin1", 48, 58));
    if (!Number.isInteger(size) || size < 0) return undefined;
    const content = file.subarray(at + AR_HEADER, at + AR_HEADER + size);
    parts.push({ name: `header of member ${name}`, content: header }, { name: `member ${name}`, content });
    at += AR_HEADER + size + (size % 2);
  }
  return parts;
}

/** Header fields and code of byte code (PEP 552; Python 2 has no flags and no source size). */
export function byteCodeParts(name: string, file: Buffer): Part[] | undefined {
  if (!/\.py[co]$/.test(name) || file.length < 16 || file.readUInt16LE(2) !== 0x0a0d) return undefined;
  if (!name.includes("__pycache__")) {
    return [
      { name: "magic number", content: file.subarray(0, 4) },
      { name: "time of the source", content: file.subarray(4, 8) },
      { name: "code", content: file.subarray(8) },
    ];
  }
  return [
    { name: "magic number", content: file.subarray(0, 4) },
    { name: "flags", content: file.subarray(4, 8) },
    { name: "hash or time of the source", content: file.subarray(8, 16) },
    { name: "code", content: file.subarray(16) },
  ];
}

const SHOWN = 16;

function firstByte(one: Buffer, other: Buffer): string {
  const length = Math.min(one.length, other.length);
  let at = 0;
  while (at < length && one[at] === other[at]) at += 1;
  const hex = (bytes: Buffer): string => bytes.toString("hex", at, at + SHOWN) || "(end)";
  return `from byte ${at}: ${hex(one)} and ${hex(other)}`;
}

function isText(bytes: Buffer): boolean {
  return !bytes.includes(0) && !bytes.toString("utf8").includes("\ufffd");
}

function firstLine(one: Buffer, other: Buffer): string {
  const [a, b] = [one.toString("utf8").split("\n"), other.toString("utf8").split("\n")];
  let line = 0;
  while (a[line] === b[line]) line += 1;
  const shown = (text: string | undefined): string =>
    text === undefined ? "(end)" : JSON.stringify(text.slice(0, 100));
  return `line ${line + 1}: ${shown(a[line])} and ${shown(b[line])}`;
}

function differingParts(one: readonly Part[], other: readonly Part[]): string[] {
  const before = new Map(one.map(({ name, content }) => [name, content]));
  const after = new Map(other.map(({ name, content }) => [name, content]));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [a, b] = [before.get(name), after.get(name)];
    if (a === undefined || b === undefined) return [`${name} only in the ${a === undefined ? "second" : "first"}`];
    return a.equals(b) ? [] : [`${name} ${firstByte(a, b)}`];
  });
}

/**
 * Says where two different contents differ: sections of ELF, members of archives, fields of byte code, else the first
 * line of text or the first byte.
 * @param name - path of the file, which tells what it is where its content does not
 */
export function explainContent(name: string, one: Buffer, other: Buffer): string[] {
  for (const split of [elfSections, archiveMembers, (file: Buffer) => byteCodeParts(name, file)]) {
    const [a, b] = [split(one), split(other)];
    const found = a !== undefined && b !== undefined ? differingParts(a, b) : [];
    if (found.length > 0) return found;
  }
  return [isText(one) && isText(other) ? firstLine(one, other) : firstByte(one, other)];
}
