import { join, relative, resolve } from "node:path";
import { readShown } from "./archive.js";
import { importLab } from "./import.js";
import { openBench, withLabLock } from "./inputs.js";
import type { Workspace } from "./workspace.js";

/** Where shared labs go unless `--into` says otherwise: where `up NAME` looks for them. */
export function labsFolder({ workingDirectory }: Workspace, into: string | undefined): string {
  return resolve(workingDirectory, into ?? "labs");
}

/** How a lab in a folder of labs is called on the command line. */
export function calledLab(workspace: Workspace, folder: string, name: string): string {
  return folder === labsFolder(workspace, undefined)
    ? name
    : `./${relative(workspace.workingDirectory, join(folder, name))}`;
}

/**
 * `load`: checks a whole archive, then imports images, inputs and lab.
 * @throws LabError "input" (exit 9) where anything in it is not as `save` wrote it, "usage" where the lab's folder exists
 *   with other content; nothing was imported then
 */
export async function load(workspace: Workspace, file: string, options: { readonly into?: string }): Promise<string> {
  const into = labsFolder(workspace, options.into);
  const bench = await openBench(workspace);
  const lab = await readShown(bench, resolve(workspace.workingDirectory, file));
  const what = await withLabLock(bench, lab.name, () => importLab(bench, lab, into, lab.inputs));
  return `loaded ${what}\nnext: majek-lab up ${calledLab(workspace, into, lab.name)} --offline`;
}
