import { createHash, randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { wantedFiles } from "../lock/wanted.js";
import type { BundleBlob } from "../model/bundle.js";
import { LabError } from "../model/errors.js";
import { count, megabytes } from "../report/numbers.js";
import { type ArchiveContent, archiveEntries } from "../share/layout.js";
import { fileBlob } from "../system/blobs.js";
import { explainWrite, syncFolder } from "../system/files.js";
import { packTar } from "../system/tar.js";
import { bundleOf } from "./bundle.js";
import { type BuiltLab, buildImages } from "./images.js";
import { type Bench, type InputOptions, openBench, openLab, planWithInputs, withLabLock } from "./inputs.js";
import type { Workspace } from "./workspace.js";

export interface SaveOptions extends InputOptions {
  /** File to write; `LAB.tar` in the working directory where it is left out. */
  readonly output?: string;
  readonly withInputs?: boolean;
}

/** The files that the lock names, which are at hand after a build. */
async function inputsOf(bench: Bench, { inputs }: BuiltLab): Promise<BundleBlob[]> {
  const blobs: BundleBlob[] = [];
  for (const { file, sha256, size } of wantedFiles(inputs.lock)) {
    const path = await bench.store.find(sha256, file);
    if (path === undefined) {
      throw new LabError("input", `${file} is not in the content store`, { where: file, next: "majek-lab fetch LAB" });
    }
    blobs.push(fileBlob({ mediaType: "application/octet-stream", digest: `sha256:${sha256}`, size }, path));
  }
  return blobs;
}

/** Writes the archive beside its name and renames it when it is whole and on the disk. @returns its size and sha256 */
async function writeArchive(
  content: ArchiveContent,
  file: string,
  signal: AbortSignal,
): Promise<{ size: number; sha256: string }> {
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  const hash = createHash("sha256");
  let size = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  try {
    await mkdir(dirname(file), { recursive: true });
    await pipeline(packTar(archiveEntries(content)), counter, createWriteStream(temporary, { flags: "wx" }), {
      signal,
    });
    const handle = await open(temporary, "r");
    await handle.sync().finally(() => handle.close());
    await rename(temporary, file);
    await syncFolder(dirname(file));
    return { size, sha256: hash.digest("hex") };
  } catch (error) {
    await rm(temporary, { force: true });
    if (signal.aborted) throw signal.reason;
    throw error instanceof LabError ? error : explainWrite(error, file);
  }
}

async function saveBuilt(bench: Bench, built: BuiltLab, file: string, withInputs: boolean): Promise<string> {
  const step = bench.progress.step(`Archive of ${built.lab.spec.name}`);
  try {
    const bundled = await bundleOf(bench, built);
    const inputs = withInputs ? await inputsOf(bench, built) : [];
    const { size, sha256 } = await writeArchive({ ...bundled, inputs }, file, bench.signal);
    step.done(`${megabytes(size)} MB`);
    const what = `${count(bundled.images.length)} images${inputs.length > 0 ? ` and ${count(inputs.length)} inputs` : ""}`;
    return `wrote ${file} (${what}, ${megabytes(size)} MB)\nsha256:${sha256}`;
  } catch (error) {
    step.fail();
    throw error;
  }
}

/**
 * `save`: builds what is missing, then writes one file with images, lab, lock, sources, licences and bill of materials.
 * The same lab gives the same bytes.
 * @throws LabError "reproducibility" where the images are not what lab.lock expects, "input" where they are not made from
 *   exactly what it pins, "failed" where the file cannot be written; nothing is left of it then
 */
export async function save(workspace: Workspace, name: string, options: SaveOptions): Promise<string> {
  const lab = await openLab(workspace, name);
  const file = resolve(workspace.workingDirectory, options.output ?? `${lab.spec.name}.tar`);
  const bench = await openBench(workspace);
  return withLabLock(bench, lab.spec.name, async () => {
    const built = await buildImages(bench, await planWithInputs(bench, lab, { ...options, frozen: true }));
    return saveBuilt(bench, built, file, options.withInputs ?? false);
  });
}
