import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Workspace } from "../pipeline/workspace.js";

/** What main hands to every command. */
export type CliContext = Workspace;

/** Two folders above this file, in src/ and in dist/ alike. */
export function packageRoot(): string {
  return resolve(dirname(fileURLToPath(import.meta.url)), "../..");
}
