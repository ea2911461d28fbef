import { join } from "node:path";
import type { z } from "zod";
import { LabError } from "../model/errors.js";
import type { RunResult, SampleRecord } from "../model/run.js";
import { readTextIfPresent } from "../system/files.js";
import { runSchema, SCHEMA_VERSION, sampleRecordSchema } from "./schema.js";

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LabError("failed", `not a result of majek-lab: ${(error as Error).message}`, {
      where,
      next: "majek-lab run LAB measures again",
      cause: error,
    });
  }
}

function versionOf(data: unknown): unknown {
  return data !== null && typeof data === "object" && "schemaVersion" in data ? data.schemaVersion : undefined;
}

function check<T>(schema: z.ZodType<T>, data: unknown, where: string): T {
  const version = versionOf(data);
  if (version !== SCHEMA_VERSION) {
    const found = version === undefined ? "no schemaVersion" : `schemaVersion ${JSON.stringify(version)}`;
    throw new LabError("failed", `this file has ${found}; this release reads ${SCHEMA_VERSION}`, {
      where,
      next: "read it with the majek-lab that wrote it",
    });
  }
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  throw new LabError("failed", "not a valid result of majek-lab", {
    where,
    details: result.error.issues.map((issue) => `${issue.path.join(".") || "(top)"}: ${issue.message}`),
    next: "majek-lab run LAB measures again",
  });
}

/**
 * Reads a stored run.
 * @param directory - folder of the run
 * @throws LabError "failed": no run.json, not JSON, another schemaVersion, or a field that does not fit (all are named)
 */
export async function readRun(directory: string): Promise<RunResult> {
  const file = join(directory, "run.json");
  const text = await readTextIfPresent(file);
  if (text === undefined) {
    throw new LabError("failed", "there is no run here", { where: file, next: "majek-lab run LAB" });
  }
  return parseRun(text, file);
}

/**
 * Reads the text of a run.json.
 * @param where - for messages
 * @throws LabError "failed" as {@link readRun} does
 */
export function parseRun(text: string, where: string): RunResult {
  return check(runSchema, parseJson(text, where), where);
}

/**
 * Reads the raw samples of a run, in the order they were taken. A last line without its newline was being written when
 * the run was killed; it is left out.
 * @param directory - folder of the run
 * @throws LabError "failed" naming the line that does not fit
 */
export async function readSamples(directory: string): Promise<readonly SampleRecord[]> {
  const file = join(directory, "samples.ndjson");
  const text = (await readTextIfPresent(file)) ?? "";
  const complete = text.slice(0, text.lastIndexOf("\n") + 1);
  return complete
    .split("\n")
    .slice(0, -1)
    .map((line, index) => {
      const where = `${file}:${index + 1}`;
      return check(sampleRecordSchema, parseJson(line, where), where);
    });
}
