import { z } from "zod";
import { type Capture, parseChanges } from "./capture.js";
import { parseObjectMap } from "./object-map.js";
import { PAGE, Snapshot } from "./snapshot.js";

/** Largest heap that is kept, in bytes: of a larger one the causes have to do. */
const MOST = 256 << 20;

const count = z.int().min(0);

/** The first line; behind it lie the pages, then the changes of each process. */
const header = z.object({
  format: z.literal(1),
  map: z.string(),
  pages: z.array(count),
  segments: z.array(z.object({ start: count, end: count, offset: count, name: z.string() })),
  processes: z.array(z.object({ pid: count, bytes: count })),
});

/** A capture as bytes; `undefined` where it is too large to be kept. */
export function packCapture({ snapshot, processes, source }: Capture): Buffer | undefined {
  if (snapshot.bytes.length > MOST) return undefined;
  const head: z.infer<typeof header> = {
    format: 1,
    map: source.map,
    pages: [...snapshot.pages],
    segments: [...snapshot.segments],
    processes: processes.map(({ pid }, index) => ({ pid, bytes: source.changes[index]?.length ?? 0 })),
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), snapshot.bytes, ...source.changes]);
}

/** @throws Error where the bytes are not those of {@link packCapture} */
export function unpackCapture(bytes: Buffer): Capture {
  const end = bytes.indexOf("\n");
  const { map, pages, segments, processes } = header.parse(JSON.parse(bytes.toString("utf8", 0, Math.max(end, 0))));
  let at = end + 1 + pages.length * PAGE;
  // A copy: words are read four bytes at a time, from a multiple of four.
  const snapshot = new Snapshot(pages, Buffer.from(bytes.subarray(end + 1, at)), segments);
  const changes = processes.map((process) => {
    const part = bytes.subarray(at, at + process.bytes);
    at += process.bytes;
    return part;
  });
  if (at !== bytes.length) throw new RangeError("it has another length than it says");
  return {
    snapshot,
    map: parseObjectMap(map),
    processes: processes.map(({ pid }, index) => ({ pid, changes: parseChanges(changes[index] as Buffer) })),
    source: { map, changes },
  };
}
