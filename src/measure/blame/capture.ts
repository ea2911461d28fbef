import { z } from "zod";
import { LabError } from "../../model/errors.js";
import type { Freezable, ProbePort } from "../sample.js";
import { type ObjectMap, parseObjectMap } from "./object-map.js";
import { PAGE, Snapshot, WORDS } from "./snapshot.js";

/** A lost page of one process. */
export interface Change {
  /** Index into the pages of the snapshot. */
  readonly page: number;
  /** Numbers of the words that differ from the snapshot, ascending. */
  readonly words: readonly number[];
  /** What they are now. */
  readonly values: readonly number[];
}

export interface ChangedProcess {
  readonly pid: number;
  readonly changes: readonly Change[];
}

/** Everything blame is made from. */
export interface Capture {
  readonly snapshot: Snapshot;
  readonly map: ObjectMap;
  /** The master first. */
  readonly processes: readonly ChangedProcess[];
  /** What the map and the changes of each process were read from. */
  readonly source: { readonly map: string; readonly changes: readonly Buffer[] };
}

/** What the gate saved; `fleet/` has it. */
export interface SavedMaster {
  readonly map: string;
  readonly segments: unknown;
}

const MASTER = 1;
const SECONDS = 60;
/** Pages of one answer: what the probe gives at most. */
const SAVED_PAGES = 64;
const LOST_PAGES = 1024;

const count = z.int().min(0);
const segments = z.array(
  z.object({ start: count, end: count, offset: count, name: z.string(), first: count, count: count }),
);
const lost = z.object({ processes: z.array(z.object({ pid: count, lost: count })) });
const saved = z.object({ pages: z.array(count), data: z.string() });
const changes = z.object({ data: z.string() });

function checked<T>(schema: z.ZodType<T>, answer: unknown, command: string): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  throw new LabError("fleet", `the probe answered "${command}" with what does not fit its protocol`, {
    details: result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`),
    next: "majek-lab up LAB --recreate (the probe image may be of another release)",
  });
}

/**
 * The probe's answers, checked; while one is worked on, the probe makes the next.
 * @throws LabError "fleet" when the probe fails or an answer does not fit
 */
async function* answers<T>(probe: ProbePort, schema: z.ZodType<T>, commands: readonly string[]): AsyncGenerator<T> {
  const ask = (command: string | undefined): Promise<unknown> | undefined => {
    if (command === undefined) return undefined;
    const asked = probe.ask(command, SECONDS);
    // Whoever gave up after the answer before it does not wait for this one.
    asked.catch(() => undefined);
    return asked;
  };
  let next = ask(commands[0]);
  for (const [index, command] of commands.entries()) {
    const answer = await next;
    next = ask(commands[index + 1]);
    yield checked(schema, answer, command);
  }
}

/** Commands that ask for the numbers `first` to `end`, at most `most` at a time. */
function inPieces(verb: string, first: number, end: number, most: number): string[] {
  const count = Math.ceil((end - first) / most);
  return Array.from({ length: count }, (_, piece) => {
    const start = first + piece * most;
    return `${verb} ${start} ${Math.min(most, end - start)}`;
  });
}

async function readSnapshot(probe: ProbePort, answer: unknown): Promise<Snapshot> {
  const found = checked(segments, answer, "save");
  const total = found.reduce((sum, segment) => sum + segment.count, 0);
  const pages: number[] = [];
  const bytes = Buffer.alloc(total * PAGE);
  for await (const piece of answers(probe, saved, inPieces("saved", 0, total, SAVED_PAGES))) {
    bytes.write(piece.data, pages.length * PAGE, "base64");
    pages.push(...piece.pages);
  }
  return new Snapshot(
    pages,
    bytes,
    found.map(({ start, end, offset, name }) => ({
      start: start * PAGE,
      end: end * PAGE,
      offset: offset * PAGE,
      name,
    })),
  );
}

const MASK_BYTES = WORDS / 8;

/**
 * Reads what the probe says about lost pages (guest/probe/README.md, `changes`).
 * @throws RangeError where the bytes end within a record
 */
export function parseChanges(data: Buffer): Change[] {
  const found: Change[] = [];
  for (let at = 0; at < data.length; ) {
    const page = data.readUInt32LE(at);
    const size = data.readUInt32LE(at + 4);
    const words: number[] = [];
    for (let byte = 0; byte < MASK_BYTES; byte += 1) {
      const bits = data.readUInt8(at + 8 + byte);
      for (let bit = 0; bits >> bit !== 0; bit += 1) if ((bits >> bit) & 1) words.push(byte * 8 + bit);
    }
    if (words.length !== size) throw new RangeError("a bitmap does not have as many bits as there are words");
    at += 8 + MASK_BYTES;
    const values = words.map(
      (_, index) => data.readUInt32LE(at + index * 8) + data.readUInt32LE(at + index * 8 + 4) * 2 ** 32,
    );
    at += size * 8;
    found.push({ page, words, values });
  }
  return found;
}

interface LostPages {
  readonly pid: number;
  /** What the probe says about them, piece by piece. */
  readonly data: readonly Buffer[];
}

async function readLost(probe: ProbePort): Promise<LostPages[]> {
  const command = `lost ${MASTER}`;
  const { processes } = checked(lost, await probe.ask(command, SECONDS), command);
  const found: LostPages[] = [];
  let first = 0;
  for (const process of processes) {
    const data: Buffer[] = [];
    const commands = inPieces("changes", first, first + process.lost, LOST_PAGES);
    for await (const piece of answers(probe, changes, commands)) data.push(Buffer.from(piece.data, "base64"));
    first += process.lost;
    found.push({ pid: process.pid, data });
  }
  return found;
}

/**
 * Reads the lost pages of a fleet, which is frozen meanwhile, and the contents that they had.
 * @throws LabError "fleet" when the probe fails or an answer does not fit
 */
export async function takeCapture(container: Freezable, probe: ProbePort, master: SavedMaster): Promise<Capture> {
  await container.pause();
  let found: LostPages[];
  try {
    found = await readLost(probe);
  } finally {
    await container.unpause();
  }
  return {
    map: parseObjectMap(master.map),
    snapshot: await readSnapshot(probe, master.segments),
    processes: found.map(({ pid, data }) => ({ pid, changes: data.flatMap(parseChanges) })),
    source: { map: master.map, changes: found.map(({ data }) => Buffer.concat(data)) },
  };
}
