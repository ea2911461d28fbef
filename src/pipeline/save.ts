import { resolve } from "node:path";
import { wantedFiles } from "../lock/wanted.js";
import type { BundleBlob } from "../model/bundle.js";
import { LabError } from "../model/errors.js";
import { count, megabytes } from "../report/numbers.js";
import { archiveEntries } from "../share/layout.js";
import { fileBlob } from "../system/blobs.js";
import { writeTarFile } from "../system/tar-file.js";
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

/** An archive that was written. */
export interface SavedLab {
  readonly images: number;
  readonly inputs: number;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/**
 * Writes a built lab to one file.
 * @param file - absolute
 * @throws LabError as {@link save} does
 */
export async function saveBuilt(
  bench: Bench,
  built: BuiltLab,
  file: string,
  options: Pick<SaveOptions, "withInputs"> = {},
): Promise<SavedLab> {
  const step = bench.progress.step(`Archive of ${built.lab.spec.name}`);
  try {
    const bundled = await bundleOf(bench, built);
    const inputs = options.withInputs ? await inputsOf(bench, built) : [];
    const written = await writeTarFile(archiveEntries({ ...bundled, inputs }), file, bench.signal);
    step.done(`${megabytes(written.size)} MB`);
    return { ...written, images: bundled.images.length, inputs: inputs.length };
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
    const { images, inputs, size, sha256 } = await saveBuilt(bench, built, file, options);
    const what = `${count(images)} images${inputs > 0 ? ` and ${count(inputs)} inputs` : ""}`;
    return `wrote ${file} (${what}, ${megabytes(size)} MB)\nsha256:${sha256}`;
  });
}
