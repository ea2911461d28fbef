import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LabError } from "../model/errors.js";
import type { RunResult, SampleRecord } from "../model/run.js";
import { isDiskFull, syncFolder, writeAtomic } from "../system/files.js";
import { samplesCsv } from "./samples-csv.js";

/** Writes one run as it happens. Whatever is killed, what was written before stays readable. */
export interface RunWriter {
  /** Absolute folder of the run. */
  readonly directory: string;
  /** Appends a line to samples.ndjson and waits until it is on the disk. */
  appendSample(record: SampleRecord): Promise<void>;
  /** Replaces run.json and samples.csv; once the run has a whole variant, `latest` points to it. */
  write(run: RunResult): Promise<void>;
  /** Closes the sample file; the run stays as last written. */
  close(): Promise<void>;
}

/** Points a symbolic link somewhere else without a moment in which it is missing. */
async function replaceLink(path: string, target: string): Promise<void> {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await symlink(target, temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** What the disk said, in the words of somebody who wants to keep results; other errors stay as they are. */
function cannotWrite(directory: string, error: unknown): unknown {
  const reason = (error instanceof LabError ? error.cause : error) as NodeJS.ErrnoException | undefined;
  if (typeof reason?.code !== "string") return error;
  if (isDiskFull(reason)) {
    return new LabError("failed", "no space left on the disk of the results; what was written before is kept", {
      where: directory,
      next: "free some space there, or choose another place with --results DIR",
      cause: error,
    });
  }
  return new LabError("failed", `the results cannot be written: ${reason.message}`, {
    where: directory,
    next: "choose another place with --results DIR",
    cause: error,
  });
}

/** Does something with the files of a run. @throws LabError "failed" naming its folder */
async function inFolder<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw cannotWrite(directory, error);
  }
}

/**
 * Creates `results/<lab>/<run-id>` and writes the run's first run.json, without variants.
 * @param resultsDir - absolute, the value of `--results`
 * @param run - the run as it starts: status "partial", no variants
 * @throws LabError "failed" when the folder exists already or cannot be written; nothing is left of that run then
 */
export async function createRun(resultsDir: string, run: RunResult): Promise<RunWriter> {
  const directory = join(resultsDir, run.lab, run.id);
  return inFolder(directory, async () => {
    await mkdir(dirname(directory), { recursive: true });
    // Without `recursive` it fails where there is one: an existing run is never written into.
    await mkdir(directory);
    try {
      return await openRun(resultsDir, directory, run);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  });
}

async function openRun(resultsDir: string, directory: string, run: RunResult): Promise<RunWriter> {
  const handle = await open(join(directory, "samples.ndjson"), "a", 0o644);
  const records: SampleRecord[] = [];
  const write = async (current: RunResult): Promise<void> => {
    await writeAtomic(join(directory, "samples.csv"), samplesCsv(records));
    await writeAtomic(join(directory, "run.json"), `${JSON.stringify(current, null, 2)}\n`);
    if (Object.values(current.variants).every(({ incomplete }) => incomplete)) return;
    await replaceLink(join(resultsDir, run.lab, "latest"), run.id);
    await replaceLink(join(resultsDir, "latest"), join(run.lab, run.id));
  };
  try {
    await syncFolder(directory);
    await write(run);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    directory,
    write: (current) => inFolder(directory, () => write(current)),
    appendSample: (record) =>
      inFolder(directory, async () => {
        records.push(record);
        await handle.appendFile(`${JSON.stringify(record)}\n`);
        await handle.datasync();
      }),
    close: () => handle.close(),
  };
}
