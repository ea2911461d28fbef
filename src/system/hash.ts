import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

export { sha256 } from "../model/hash.js";

/** Bytes read at once: with Node's own 64 kB, reading a large file costs as much as hashing it. */
const CHUNK = 1 << 20;

/** Lower-case hex sha256 of a file, read as a stream. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
