import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { BundleBlob, Descriptor } from "../model/bundle.js";
import { LabError } from "../model/errors.js";
import { fileBlob } from "../system/blobs.js";
import { explainWrite } from "../system/files.js";
import { isBroken, type RegistrySession } from "./session.js";
import { getContent } from "./transfer.js";

/** A connection may break so often in the middle of one blob. */
const ATTEMPTS = 4;

async function download(session: RegistrySession, wanted: Descriptor, file: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const content = await getContent(session, wanted);
    try {
      await pipeline(content, createWriteStream(file));
      return;
    } catch (error) {
      await rm(file, { force: true });
      if (error instanceof LabError) throw error;
      if (!isBroken(error)) throw explainWrite(error, file);
      if (attempt === ATTEMPTS) throw session.unreachable(error);
    }
  }
}

/**
 * A way to find content in a registry: it is downloaded into a folder and compared with its digest, each blob once.
 * @param folder - made where it is missing; the caller removes it
 * @param onBytes - told the size of each blob when it is here
 * @returns a function that throws LabError "input" for content that is missing or altered
 */
export function downloader(
  session: RegistrySession,
  folder: string,
  onBytes: (size: number) => void,
): (wanted: Descriptor) => Promise<BundleBlob> {
  const here = new Map<string, Promise<BundleBlob>>();
  const fetchOnce = async (wanted: Descriptor): Promise<BundleBlob> => {
    await mkdir(folder, { recursive: true });
    const file = join(folder, wanted.digest.replace(":", "-"));
    await download(session, wanted, file);
    onBytes(wanted.size);
    return fileBlob(wanted, file);
  };
  return (wanted) => {
    // The size is part of it: a second mention may lie about it.
    const key = `${wanted.digest} ${wanted.size} ${wanted.mediaType}`;
    const known = here.get(key) ?? fetchOnce(wanted);
    here.set(key, known);
    return known;
  };
}
