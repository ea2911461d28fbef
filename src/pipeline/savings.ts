import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseEnvFile } from "../model/env-file.js";
import { LabError } from "../model/errors.js";
import type { RunResult } from "../model/run.js";
import { renderSavings } from "../report/savings.js";
import { savings } from "../results/savings.js";
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

/** `--budget`: what the variants would save, below the table; machines read the numbers it is made from. */
export function printSavings(
  workspace: Pick<Workspace, "print">,
  run: RunResult,
  { budget, format }: Pick<MeasureOptions, "budget" | "format">,
): void {
  if (budget !== undefined && format === "table") workspace.print(`\n${renderSavings(savings(run, budget))}`);
}
