import { z } from "zod";
import { LabError } from "../model/errors.js";
import { sha256 } from "../model/hash.js";
import { canonicalJson, readableJson } from "../model/json.js";
import type { LabLock, Platform } from "../model/lock.js";
import { readTextIfPresent, writeAtomic } from "../system/files.js";

const hash = z.string().regex(/^[0-9a-f]{64}$/, "not a sha256");
const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.+:~_-]*$/, "not a name or version");
/** Used as a path in stores and build contexts, so it must not be able to leave them. */
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.+~_!-]*$/, "not a file name");
const poolPath = z
  .string()
  .regex(/^pool\/[A-Za-z0-9.+:~_/%-]+$/, "not a pool path")
  .refine((path) => !path.split("/").includes(".."), "not a pool path");

const archiveFile = {
  archive: z.enum(["debian", "debian-security"]),
  suite: word,
  path: poolPath,
  sha256: hash,
  size: z.int().nonnegative(),
};
const deb = z.strictObject({ ...archiveFile, name: word, version: word, architecture: word });
const source = z.strictObject({ ...archiveFile, name: word, version: word, file: fileName });
const python = z.strictObject({
  name: word,
  version: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.+!_-]*$/, "not a version"),
  file: fileName,
  kind: z.enum(["wheel", "sdist"]),
  sha256: hash,
  size: z.int().nonnegative(),
});
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, "not a digest");
const expectedImage = z.strictObject({
  recipe: hash,
  diffIds: z.array(digest),
  configDigest: digest,
  manifestDigest: digest,
});
const platformLock = z.strictObject({
  suite: word,
  base: z.array(deb),
  builder: z.array(deb),
  sources: z.array(source),
  python: z.array(python),
  pythonBuild: z.array(python),
  expected: z.record(z.string(), expectedImage).nullish(),
});
const labLock = z.strictObject({
  lockVersion: z.literal(1),
  lab: z.string(),
  inputsHash: hash,
  platforms: z.strictObject({ "linux/amd64": platformLock.optional(), "linux/arm64": platformLock.optional() }),
});

function invalid(path: string, details: readonly string[], cause?: unknown): LabError {
  return new LabError("lab", "the lock file is damaged or from another version", {
    where: path,
    next: "restore it from version control, or majek-lab lock LAB --update",
    details,
    cause,
  });
}

/** Drops keys that the schema marks absent by `undefined`: absent and undefined differ for our types. */
function compact(lock: z.infer<typeof labLock>): LabLock {
  const platforms = Object.entries(lock.platforms).filter(([, block]) => block !== undefined);
  return { ...lock, platforms: Object.fromEntries(platforms) };
}

/**
 * Reads a lock file and checks every field, since its names become paths.
 * @returns `undefined` where there is none
 * @throws LabError "lab" with every problem of a malformed file
 */
export async function readLock(path: string): Promise<LabLock | undefined> {
  const text = await readTextIfPresent(path);
  if (text === undefined) return undefined;
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw invalid(path, [(error as Error).message], error);
  }
  const result = labLock.safeParse(data);
  if (result.success) return compact(result.data);
  throw invalid(
    path,
    result.error.issues.slice(0, 10).map((issue) => `${issue.path.join(".")}: ${issue.message}`),
  );
}

/**
 * Identifies what a lock pins for one platform: images of one are not changed by a block for another. What is expected to
 * come out of it is left out: images are labelled with this hash, and recording their digests must not change them.
 */
export function lockHash({ platforms, ...lock }: LabLock, platform: Platform): string {
  const { expected, ...pinned } = platforms[platform] ?? {};
  return sha256(canonicalJson({ ...lock, platform, pinned }));
}

/** Writes a lock file, keys sorted, atomically. */
export async function writeLock(path: string, lock: LabLock): Promise<void> {
  await writeAtomic(path, readableJson(lock));
}
