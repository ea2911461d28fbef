import { createHash, randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { LabError } from "../model/errors.js";
import { explainWrite, placeToReplace, syncFolder } from "./files.js";
import { packTar, type TarEntry } from "./tar.js";

/**
 * Writes entries as a tar beside its name, and renames it when it is whole and on the disk.
 * @param file - absolute; missing folders are made
 * @returns its size in bytes, and its sha256 in hex
 * @throws LabError "failed" where it cannot be written, or the signal's reason; nothing is left of it then
 */
export async function writeTarFile(
  entries: Iterable<TarEntry>,
  file: string,
  signal: AbortSignal,
): Promise<{ readonly size: number; readonly sha256: string }> {
  const target = await placeToReplace(file);
  if (target === undefined) throw explainWrite(new Error("it is a device or a pipe, and no file"), file);
  const temporary = `${target}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  const hash = createHash("sha256");
  let size = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  try {
    await mkdir(dirname(target), { recursive: true });
    await pipeline(packTar(entries), counter, createWriteStream(temporary, { flags: "wx" }), { signal });
    const handle = await open(temporary, "r");
    await handle.sync().finally(() => handle.close());
    await rename(temporary, target);
    await syncFolder(dirname(target));
    return { size, sha256: hash.digest("hex") };
  } catch (error) {
    await rm(temporary, { force: true });
    if (signal.aborted) throw signal.reason;
    throw error instanceof LabError ? error : explainWrite(error, file);
  }
}
