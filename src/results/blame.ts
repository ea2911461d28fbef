import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { z } from "zod";
import { type BlameResult, CAUSES } from "../model/blame.js";
import { LabError } from "../model/errors.js";
import { readTextIfPresent, writeAtomic } from "../system/files.js";

const count = z.int().min(0);
const indexes = z.array(count);
const share = z.strictObject({ name: z.string(), pages: count, only: count });

/** `blame/<variant>.json`. schemaVersion history: 1 - first format. */
const schema: z.ZodType<BlameResult> = z.strictObject({
  schemaVersion: z.literal(1),
  run: z.string(),
  lab: z.string(),
  variant: z.string(),
  requestsPerWorker: count,
  python: z.string(),
  pageSize: count,
  p0Pages: count,
  lostPages: count,
  namedFraction: z.number().min(0).max(1).nullable(),
  seconds: z.strictObject({ saving: z.number(), reading: z.number(), analysing: z.number() }),
  processes: z.array(
    z.strictObject({
      pid: count,
      role: z.enum(["master", "worker"]),
      lost: count,
      named: count,
      collections: z.array(z.int()),
    }),
  ),
  causes: z.array(share),
  types: z.array(share),
  modules: z.array(share),
  subjects: z.array(
    z.strictObject({ cause: z.enum(CAUSES), type: z.string(), module: z.string(), example: z.string() }),
  ),
  pages: z.array(
    z.strictObject({
      address: z.string(),
      mapping: z.string(),
      verdicts: z.array(z.strictObject({ processes: indexes, subjects: indexes })),
    }),
  ),
});

const folderOf = (directory: string): string => join(directory, "blame");

/**
 * Stores what was blamed beside the run it belongs to.
 * @param directory - folder of the run
 * @throws LabError "failed" when it cannot be written
 */
export async function writeBlame(directory: string, result: BlameResult): Promise<void> {
  await writeAtomic(join(folderOf(directory), `${result.variant}.json`), `${JSON.stringify(result)}\n`);
}

/** Quick rather than small: a fleet waits. */
const LEVEL = 1;

const captureOf = (directory: string, variant: string): string => join(folderOf(directory), `${variant}.capture.gz`);

/**
 * Stores what a variant was blamed on, for single pages to be shown from.
 * @throws LabError "failed" when it cannot be written
 */
export async function writeCapture(directory: string, variant: string, packed: Buffer): Promise<void> {
  await writeAtomic(captureOf(directory, variant), await promisify(gzip)(packed, { level: LEVEL }));
}

/**
 * Reads what {@link writeCapture} stored.
 * @throws LabError "usage" where it was not stored, "failed" where it is damaged
 */
export async function readCapture(directory: string, variant: string): Promise<Buffer> {
  const file = captureOf(directory, variant);
  const bytes = await readFile(file).catch(() => {
    throw new LabError("usage", `the pages of ${variant} were not kept`, {
      where: file,
      next: "majek-lab run LAB --keep-pages (heaps above 256 MB are never kept)",
    });
  });
  return promisify(gunzip)(bytes).catch((error: Error) => {
    throw new LabError("failed", `not what majek-lab has stored: ${error.message}`, {
      where: file,
      next: "majek-lab run LAB measures again",
      cause: error,
    });
  });
}

/** Whether the pages of a variant were kept. */
export async function hasCapture(directory: string, variant: string): Promise<boolean> {
  return access(captureOf(directory, variant)).then(
    () => true,
    () => false,
  );
}

/** Names of the variants of a run that were blamed. */
export async function blamedVariants(directory: string): Promise<readonly string[]> {
  const files = await readdir(folderOf(directory)).catch(() => []);
  return files
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}

/**
 * Reads what was blamed.
 * @param directory - folder of the run
 * @throws LabError "usage" where the variant was not blamed, "failed" where the file is not valid
 */
export async function readBlame(directory: string, variant: string): Promise<BlameResult> {
  const file = join(folderOf(directory), `${variant}.json`);
  const text = await readTextIfPresent(file);
  if (text === undefined) {
    const known = await blamedVariants(directory);
    throw new LabError("usage", `no causes are stored for the variant ${variant}`, {
      where: file,
      details: known.length === 0 ? [] : [`stored: ${known.join(", ")}`],
      next: known.length === 0 ? "majek-lab run LAB (without --no-blame)" : `majek-lab blame --variant ${known[0]}`,
    });
  }
  const result = schema.safeParse(parseJson(text));
  if (result.success) return result.data;
  throw new LabError("failed", "not a valid result of blame", {
    where: file,
    details: result.error.issues.slice(0, 5).map((issue) => `${issue.path.join(".") || "(top)"}: ${issue.message}`),
    next: "majek-lab run LAB measures again",
  });
}

/** What is no JSON fits no schema either. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
