import { mkdir } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { LabError } from "../model/errors.js";
import type { Lab } from "../model/spec.js";
import type { StickLab } from "../model/stick.js";
import { count, megabytes } from "../report/numbers.js";
import { createScratch } from "../system/store-scratch.js";
import { writeTarFile } from "../system/tar-file.js";
import { buildImages } from "./images.js";
import { type Bench, openBench, planWithInputs, withLabLock } from "./inputs.js";
import { readVersion } from "./package-files.js";
import { saveBuilt } from "./save.js";
import { type StickContent, stickEntries } from "./stick-files.js";
import { toolFiles } from "./tool-files.js";
import { type WorkshopLabs, workshopLabs } from "./workshop-labs.js";
import type { Workspace } from "./workspace.js";

export interface PackOptions {
  /** File to write. */
  readonly output: string;
  readonly offline?: boolean;
}

/** The lab whose steps are served. @throws LabError "usage" where none has steps */
function served({ labs, serves }: WorkshopLabs): string {
  if (serves !== undefined) return serves;
  throw new LabError("usage", "none of these labs has steps: there is nothing to work through", {
    details: [`labs: ${labs.map(({ spec }) => spec.name).join(", ")}`],
    next: "majek-lab workshop pack django-8workers -o workshop.tar, or majek-lab save LAB for its images alone",
  });
}

interface PackedShares {
  readonly labs: readonly StickLab[];
  readonly shares: ReadonlyMap<string, string>;
  readonly platform: string;
}

/** Labs with an application of their own and many interpreters first: others may use their images. */
function byImages(labs: readonly Lab[]): Lab[] {
  const interpreters = ({ spec }: Lab): number => new Set(spec.variants.map(({ python }) => python)).size;
  const own = ({ source, directory }: Lab): number => (source.directory === directory ? 1 : 0);
  return [...labs].sort(
    (a, b) => own(b) - own(a) || interpreters(b) - interpreters(a) || (a.spec.name < b.spec.name ? -1 : 1),
  );
}

/** Saves each lab to a folder, but for those that the tool brings and whose images another one has. */
async function saveShares(
  bench: Bench,
  { labs }: WorkshopLabs,
  folder: string,
  options: Pick<PackOptions, "offline">,
): Promise<PackedShares> {
  const packaged = join(bench.workspace.packageRoot, "labs") + sep;
  const shares = new Map<string, string>();
  const carried = new Set<string>();
  const packed: StickLab[] = [];
  let platform = "";
  for (const lab of byImages(labs)) {
    const { name, title, fleet } = lab.spec;
    const about = { name, title, memoryBytes: fleet.memoryBytes };
    await withLabLock(bench, name, async () => {
      const built = await buildImages(bench, await planWithInputs(bench, lab, { ...options, frozen: true }));
      platform = built.plan.platform;
      // What came with the tool starts from images that its own lock expects, and from no others.
      const known = [...built.digests].every(([tag, state]) => state === "same" && carried.has(tag));
      if (known && lab.directory.startsWith(packaged)) {
        packed.push({ ...about, share: null, shareBytes: 0 });
        return;
      }
      const file = join(folder, `${name}.tar`);
      const { size } = await saveBuilt(bench, built, file);
      for (const tag of built.digests.keys()) carried.add(tag);
      shares.set(`share/${name}.tar`, file);
      packed.push({ ...about, share: `share/${name}.tar`, shareBytes: size });
    });
  }
  return { labs: packed.sort((a, b) => (a.name < b.name ? -1 : 1)), shares, platform };
}

/**
 * `workshop pack`: one archive with which a class works without network: the tool and its Node packages, the labs and
 * their images, hand-outs, notes, checksums, and two commands for students. The same labs and the same installation give
 * the same bytes.
 * @param names - of labs; those that their steps look at come along
 * @throws LabError "usage" where no lab has steps, "input" where the tool's own files are not as they were installed, and
 *   as `save` does; nothing is left of the file then
 */
export async function workshopPack(
  workspace: Workspace,
  names: readonly string[],
  options: PackOptions,
): Promise<string> {
  const { packageRoot } = workspace;
  const { signal } = workspace.interrupts;
  const chosen = await workshopLabs(workspace, names);
  const serves = served(chosen);
  const tool = await toolFiles(packageRoot, signal);
  const file = resolve(workspace.workingDirectory, options.output);
  const bench = await openBench(workspace);
  const scratch = await createScratch(bench.environment.cacheDir);
  try {
    await mkdir(scratch.file);
    const { labs, shares, platform } = await saveShares(bench, chosen, scratch.file, options);
    const toolVersion = await readVersion(packageRoot);
    const stick = { schemaVersion: 1, toolVersion, platform, serves, labs } as const;
    const written = await writeStick(bench, { stick, labs: chosen.labs, tool, shares, packageRoot }, file);
    const what = `${labs.map(({ name }) => name).join(", ")}; ${count(written.files)} files, ${megabytes(written.size)} MB`;
    return `wrote ${file} (${what})\nsha256:${written.sha256}`;
  } finally {
    await scratch.remove();
  }
}

async function writeStick({ progress, signal }: Bench, content: StickContent, file: string) {
  const step = progress.step("Archive for the stick");
  try {
    const entries = await stickEntries(content);
    const written = await writeTarFile(entries, file, signal);
    step.done(`${megabytes(written.size)} MB`);
    return { ...written, files: entries.filter(({ type }) => type === "file").length };
  } catch (error) {
    step.fail();
    throw error;
  }
}
