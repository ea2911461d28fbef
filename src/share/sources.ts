import { buffer } from "node:stream/consumers";
import { type BundleBlob, MEDIA } from "../model/bundle.js";
import { bytesBlob } from "../system/blobs.js";
import { packTar } from "../system/tar.js";

/**
 * What images are made with that no lock names, as one tar.
 * @param files - text, bytes, or the absolute path of a file, by path in the tar
 */
export async function packSources(
  files: ReadonlyMap<string, { readonly content: string | Uint8Array } | { readonly path: string }>,
): Promise<BundleBlob> {
  const entries = [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, source]) => ({ type: "file" as const, name, mode: 0o644, ...source }));
  return bytesBlob(MEDIA.labSources, await buffer(packTar(entries)));
}
