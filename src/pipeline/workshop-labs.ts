import { LabError } from "../model/errors.js";
import type { Lab } from "../model/spec.js";
import { listLabs } from "../spec/find.js";
import { loadHandout } from "../spec/handout.js";
import { openLab } from "./inputs.js";
import type { Workspace } from "./workspace.js";

/** Labs of a workshop. */
export interface WorkshopLabs {
  readonly labs: readonly Lab[];
  /** The first that has steps. */
  readonly serves: string | undefined;
}

/**
 * Labs that were named, and those whose runs their steps look at.
 * @throws LabError "usage" where one is not there, or two have one name
 */
export async function workshopLabs(workspace: Workspace, names: readonly string[]): Promise<WorkshopLabs> {
  const labs = new Map<string, Lab>();
  let serves: string | undefined;
  const add = async (named: string): Promise<void> => {
    const lab = await openLab(workspace, named);
    const { name } = lab.spec;
    const other = labs.get(name);
    if (other !== undefined && other.directory !== lab.directory) {
      throw new LabError("usage", `two labs are called ${name}`, {
        where: `${other.directory}, ${lab.directory}`,
        next: "give one of them another name, in its lab.yaml and of its folder",
      });
    }
    if (other !== undefined) return;
    labs.set(name, lab);
    const { steps } = await loadHandout({ ...lab.spec, directory: lab.directory });
    if (steps.length > 0) serves ??= name;
    for (const step of steps) if (step.lab !== name) await add(step.lab);
  };
  for (const name of names) await add(name);
  return { labs: [...labs.values()], serves };
}

/** Every lab with steps, and those whose runs these look at. A lab with a broken file is none. */
export async function everyWorkshopLab(workspace: Workspace): Promise<readonly Lab[]> {
  const found = new Map<string, Lab>();
  for (const { name } of await listLabs(workspace)) {
    const { labs, serves } = await workshopLabs(workspace, [name]).catch(() => ({ labs: [], serves: undefined }));
    if (serves !== undefined) for (const lab of labs) found.set(lab.spec.name, lab);
  }
  return [...found.values()];
}
