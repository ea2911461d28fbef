import { type ArchivedLab, readArchive } from "../share/archive.js";
import type { Bench } from "./inputs.js";

/**
 * Reads an archive and compares all of it, and shows how far it is.
 * @param path - absolute
 * @throws LabError "input" for whatever is not as it was written; "usage" for a file that cannot be read
 */
export async function readShown({ progress, signal }: Bench, path: string): Promise<ArchivedLab> {
  const step = progress.step("Checking the archive");
  let shown = -1;
  const onProgress = (done: number, all: number): void => {
    const percent = Math.floor((100 * done) / all);
    if (percent === shown) return;
    shown = percent;
    step.update(`${percent} %`);
  };
  try {
    const lab = await readArchive(path, { onProgress, signal });
    step.done(`${lab.name}, made by majek-lab ${lab.toolVersion}`);
    return lab;
  } catch (error) {
    step.fail();
    throw error;
  }
}
