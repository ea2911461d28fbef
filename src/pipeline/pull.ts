import type { Descriptor } from "../model/bundle.js";
import { LabError } from "../model/errors.js";
import type { Progress } from "../model/progress.js";
import { downloader } from "../registry/pull.js";
import { formatReference, parseReference } from "../registry/reference.js";
import { RegistrySession } from "../registry/session.js";
import { getIndex } from "../registry/transfer.js";
import { megabytes } from "../report/numbers.js";
import { collectBundle, type SharedLab } from "../share/collect.js";
import { freeBytes } from "../system/free-space.js";
import { createScratch } from "../system/store-scratch.js";
import { importLab } from "./import.js";
import { type Bench, openBench, withLabLock } from "./inputs.js";
import { calledLab, labsFolder } from "./load.js";
import type { Workspace } from "./workspace.js";

/** What a download needs of a bench: no engine. */
export type PullBench = Pick<Bench, "environment" | "signal"> & { readonly progress: Progress };

/** Bytes that a download of content takes: what is mentioned twice is downloaded once, unless its sizes differ. */
function bytesOf(announced: readonly Descriptor[]): number {
  const sizes = new Map(announced.map(({ digest, size }) => [`${digest} ${size}`, size]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/** Refuses what cannot fit before the first byte of it is here: sizes are what a stranger announced. */
async function requireSpace(folder: string, bytes: number): Promise<void> {
  const free = await freeBytes(folder);
  if (free === undefined || bytes <= free) return;
  throw new LabError("failed", `${megabytes(bytes)} MB are needed, and ${megabytes(free)} MB are free`, {
    where: folder,
    next: "majek-lab cache prune, or set MAJEK_LAB_CACHE to a folder on a larger disk",
  });
}

async function download(bench: PullBench, session: RegistrySession, folder: string): Promise<SharedLab> {
  const step = bench.progress.step(`Pull ${formatReference(session.reference)}`);
  let bytes = 0;
  let all = 0;
  try {
    const { content } = await getIndex(session);
    const find = downloader(session, folder, (size) => {
      bytes += size;
      step.update(all === 0 ? `${megabytes(bytes)} MB` : `${megabytes(bytes)} of ${megabytes(all)} MB`);
    });
    const lab = await collectBundle(content, find, async (announced) => {
      const coming = bytesOf(announced);
      await requireSpace(bench.environment.cacheDir, coming);
      all = bytes + coming;
    });
    step.done(`${lab.name}, ${megabytes(bytes)} MB`);
    return lab;
  } catch (error) {
    step.fail();
    throw error;
  }
}

/**
 * Downloads a shared lab, checks it whole, and lets somebody work with it; its content is gone after that.
 * @param text - a registry reference
 */
export async function withPulled<T>(bench: PullBench, text: string, work: (lab: SharedLab) => Promise<T>): Promise<T> {
  const reference = parseReference(text);
  const session = await RegistrySession.open(reference, "pull", bench.environment, bench.signal);
  const scratch = await createScratch(bench.environment.cacheDir);
  try {
    return await work(await download(bench, session, scratch.file));
  } finally {
    await scratch.remove();
    await session.close();
  }
}

/**
 * `pull`: downloads a lab that `push` put into a registry, checks all of it, then imports images and lab.
 * @throws LabError "input" (exit 9) where anything of it is missing or altered; nothing was imported then
 */
export async function pull(workspace: Workspace, text: string, options: { readonly into?: string }): Promise<string> {
  parseReference(text);
  const into = labsFolder(workspace, options.into);
  const bench = await openBench(workspace);
  return withPulled(bench, text, async (lab) => {
    const what = await withLabLock(bench, lab.name, () => importLab(bench, lab, into));
    return `pulled ${what}\nnext: majek-lab up ${calledLab(workspace, into, lab.name)} --offline`;
  });
}
