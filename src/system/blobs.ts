import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import type { BundleBlob, Descriptor } from "../model/bundle.js";
import { sha256 } from "./hash.js";

/** Bytes read at once from a file. */
const CHUNK = 1 << 18;

/** Content at hand; text is encoded as UTF-8. */
export function bytesBlob(mediaType: string, content: string | Uint8Array): BundleBlob {
  const bytes = Buffer.from(content as Uint8Array);
  return {
    mediaType,
    digest: `sha256:${sha256(bytes)}`,
    size: bytes.length,
    open: () => Readable.from([bytes], { objectMode: false }),
  };
}

/**
 * Content in a file, or in a part of one. That it is what the descriptor says is for the caller to know.
 * @param offset - where it begins, in bytes
 */
export function fileBlob({ mediaType, digest, size }: Descriptor, path: string, offset = 0): BundleBlob {
  const range = { start: offset, end: offset + size - 1, highWaterMark: CHUNK };
  return {
    mediaType,
    digest,
    size,
    open: () => (size === 0 ? Readable.from([]) : createReadStream(path, range)),
  };
}
