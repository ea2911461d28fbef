import { createHash } from "node:crypto";
import { canonicalJson } from "./json.js";

/** Lower-case hex sha256 of text (as UTF-8) or bytes. */
export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** Cache key: {@link sha256} of data, in canonical form. */
export function keyOf(data: unknown): string {
  return sha256(canonicalJson(data));
}
