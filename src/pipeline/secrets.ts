import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseEnvFile } from "../model/env-file.js";
import { LabError } from "../model/errors.js";
import type { MeasureOptions } from "./options.js";
import type { Workspace } from "./workspace.js";

/** Variables of `--env-file`, for containers only. @throws LabError "usage" where the file cannot be read */
export async function readSecrets(
  { workingDirectory }: Pick<Workspace, "workingDirectory">,
  file: string | undefined,
): Promise<Readonly<Record<string, string>>> {
  if (file === undefined) return {};
  const text = await readFile(resolve(workingDirectory, file), "utf8").catch((error: unknown) => {
    const next = "name a file of NAME=value lines with --env-file";
    throw new LabError("usage", `cannot be read: ${(error as Error).message}`, { where: file, next });
  });
  return parseEnvFile(text, file);
}

/**
 * Pages that are kept are memory of the fleet, in which its secrets are.
 * @throws LabError "usage" where both are asked for
 */
export function requireNoKeptSecrets({ envFile, keepPages }: MeasureOptions): void {
  if (envFile === undefined || !keepPages) return;
  throw new LabError("usage", "--keep-pages keeps memory of the fleet, and so the values of --env-file", {
    next: "leave out one of them",
  });
}
