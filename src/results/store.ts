import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { LabError } from "../model/errors.js";
import type { RunResult, SampleRecord } from "../model/run.js";
import { syncFolder, writeAtomic } from "../system/files.js";
import { samplesCsv } from "./samples-csv.js";

/** Writes one run as it happens. Whatever is killed, what was written before stays readable. */
export interface RunWriter {
  /** Absolute folder of the run. */
  readonly directory: string;
  /** Appends a line to samples.ndjson and waits until it is on the disk. */
  appendSample(record: SampleRecord): Promise<void>;
  /** Replaces run.json and samples.csv; once the run has a variant, `latest` points to it. */
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
    throw new LabError("failed", `cannot update the link to the latest run: ${(error as Error).message}`, {
      where: path,
      next: "choose another place with --results DIR",
      cause: error,
    });
  }
}

/** Makes the folder of a new run; an existing one is never written into. */
async function makeRunFolder(directory: string): Promise<void> {
  try {
    await mkdir(join(directory, ".."), { recursive: true });
    await mkdir(directory);
  } catch (error) {
    throw new LabError("failed", `cannot make the folder of the run: ${(error as Error).message}`, {
      where: directory,
      next: "choose another place with --results DIR",
      cause: error,
    });
  }
}

function cannotAppend(path: string, error: unknown): LabError {
  const full = (error as NodeJS.ErrnoException).code === "ENOSPC";
  return new LabError("failed", full ? "no space left on the disk" : `cannot write: ${(error as Error).message}`, {
    where: path,
    next: full ? "majek-lab cache prune" : "choose another place with --results DIR",
    cause: error,
  });
}

/**
 * Creates `results/<lab>/<run-id>` and writes the run's first run.json, without variants.
 * @param resultsDir - absolute, the value of `--results`
 * @param run - the run as it starts: status "partial", no variants
 * @throws LabError "failed" when the folder exists already or cannot be written
 */
export async function createRun(resultsDir: string, run: RunResult): Promise<RunWriter> {
  const directory = join(resultsDir, run.lab, run.id);
  await makeRunFolder(directory);
  const samplesFile = join(directory, "samples.ndjson");
  const handle = await open(samplesFile, "a", 0o644);
  await syncFolder(directory);
  const records: SampleRecord[] = [];
  const write = async (current: RunResult): Promise<void> => {
    await writeAtomic(join(directory, "samples.csv"), samplesCsv(records));
    await writeAtomic(join(directory, "run.json"), `${JSON.stringify(current, null, 2)}\n`);
    if (Object.keys(current.variants).length === 0) return;
    await replaceLink(join(resultsDir, run.lab, "latest"), run.id);
    await replaceLink(join(resultsDir, "latest"), join(run.lab, run.id));
  };
  await write(run);
  return {
    directory,
    write,
    async appendSample(record) {
      records.push(record);
      try {
        await handle.appendFile(`${JSON.stringify(record)}\n`);
        await handle.datasync();
      } catch (error) {
        throw cannotAppend(samplesFile, error);
      }
    },
    close: () => handle.close(),
  };
}
