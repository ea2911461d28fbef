import { buffer } from "node:stream/consumers";
import type { Bundle, BundleBlob } from "../model/bundle.js";
import type { RegistrySession } from "./session.js";
import { hasContent, isManifest, putBlob, putManifest } from "./transfer.js";

/** Who is told how far a transfer is: bytes done and bytes in all. */
export type OnProgress = (done: number, total: number) => void;

async function pushOne(session: RegistrySession, blob: BundleBlob): Promise<void> {
  if (await hasContent(session, blob)) return;
  if (isManifest(blob.mediaType)) await putManifest(session, blob, await buffer(blob.open()), blob.digest);
  else await putBlob(session, blob, blob.open);
}

/**
 * Uploads what the registry does not have, and last the index under its tag: whoever pulls meanwhile gets the lab that was
 * there before.
 * @throws LabError "failed" where the registry refuses
 */
export async function pushBundle(session: RegistrySession, bundle: Bundle, onProgress: OnProgress): Promise<void> {
  const total = bundle.blobs.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const blob of bundle.blobs) {
    await pushOne(session, blob);
    done += blob.size;
    onProgress(done, total);
  }
  await putManifest(session, bundle.index, await buffer(bundle.index.open()), session.reference.version);
}
