import { createHash } from "node:crypto";
import { canonicalJson } from "../model/json.js";

/** Cache key: hex sha256 of data, in canonical form. */
export function keyOf(data: unknown): string {
  return createHash("sha256").update(canonicalJson(data)).digest("hex");
}
