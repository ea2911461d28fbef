import { createHash, randomBytes } from "node:crypto";
import { mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { LabError } from "../model/errors.js";
import { isDiskFull } from "./files.js";
import { isAlive, ownIdentity } from "./process.js";

/** What a file must be before it is kept. */
export interface Expected {
  /** Lower-case hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size?: number;
  /** As users know it, for messages. */
  readonly name: string;
}

/** Turns what the disk said into a LabError; LabErrors and errors without a system code pass through. */
export function storeError(error: unknown, where: string): unknown {
  if (error instanceof LabError || typeof (error as NodeJS.ErrnoException).code !== "string") return error;
  if (isDiskFull(error)) {
    return new LabError("failed", "no space left on the disk of the content store; nothing was kept", {
      where,
      next: "majek-lab cache prune, or set MAJEK_LAB_CACHE to a folder on a larger disk",
      cause: error,
    });
  }
  return new LabError("failed", `the content store cannot be written: ${(error as Error).message}`, {
    where,
    next: "check the owner and the mode of that folder, or set MAJEK_LAB_CACHE",
    cause: error,
  });
}

function inputError(name: string, what: string, cause?: unknown): LabError {
  return new LabError("input", `${name}: ${what}; nothing was kept`, {
    where: name,
    next: "majek-lab fetch LAB",
    cause,
  });
}

/** Bytes still to be expected after `received`; throws when there are too many already. */
function checkLength(expected: Expected, received: number): void {
  if (expected.size !== undefined && received > expected.size) {
    throw inputError(expected.name, `longer than the ${expected.size} bytes that the lock names`);
  }
}

/** One name below `tmp/`, for a file or a folder that will be renamed into place. */
export interface Scratch {
  /** Absolute path; nothing is there yet. */
  readonly file: string;
  /** Writes the stream to {@link file}, synced, and throws LabError "input" unless it is what was expected. */
  receive(content: Readable, expected: Expected): Promise<void>;
  remove(): Promise<void>;
}

async function receive(file: string, content: Readable, expected: Expected): Promise<void> {
  const hash = createHash("sha256");
  let received = 0;
  const handle = await open(file, "wx", 0o644);
  try {
    for await (const chunk of readable(content, expected)) {
      received += chunk.length;
      checkLength(expected, received);
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (expected.size !== undefined && received < expected.size) {
    throw inputError(expected.name, `cut off after ${received} of ${expected.size} bytes`);
  }
  const actual = hash.digest("hex");
  if (actual !== expected.sha256) {
    throw inputError(expected.name, `its sha256 is ${actual}, the lock names ${expected.sha256}`);
  }
}

/** The chunks of a stream; its failure becomes an input error, so that it is told apart from a failing disk. */
async function* readable(content: Readable, expected: Expected): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of content) yield chunk as Buffer;
  } catch (error) {
    if (error instanceof LabError) throw error;
    throw inputError(expected.name, `cannot be read to its end (${(error as Error).message})`, error);
  }
}

/** Reserves a name in `<root>/tmp`, which says whose it is. */
export async function createScratch(root: string): Promise<Scratch> {
  const folder = join(root, "tmp");
  const { pid, startTime } = await ownIdentity();
  const owner = startTime === null ? pid : `${pid}-${startTime}`;
  const file = join(folder, `${owner}.${randomBytes(8).toString("hex")}`);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw storeError(error, folder);
  });
  return {
    file,
    receive: (content, expected) => receive(file, content, expected),
    remove: () => rm(file, { recursive: true, force: true }),
  };
}

/** What processes that have ended left in `<root>/tmp`, as absolute paths. */
export async function deadScratch(root: string): Promise<string[]> {
  const folder = join(root, "tmp");
  const dead: string[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const [, pid, startTime] = /^(\d+)(?:-(\d+))?\./.exec(name) ?? [];
    if (pid === undefined) continue;
    if (await isAlive({ pid: Number(pid), startTime: startTime === undefined ? null : Number(startTime) })) continue;
    dead.push(join(folder, name));
  }
  return dead;
}

/** Removes what processes that have ended left in `<root>/tmp`. @returns how many */
export async function sweepScratch(root: string): Promise<number> {
  let removed = 0;
  for (const path of await deadScratch(root)) {
    // Another user's stays.
    removed += await rm(path, { recursive: true, force: true }).then(
      () => 1,
      () => 0,
    );
  }
  return removed;
}
