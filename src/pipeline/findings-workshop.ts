import type { Engine } from "../docker/types.js";
import { platformOf } from "../lock/platform.js";
import { LabError } from "../model/errors.js";
import type { StickLab } from "../model/stick.js";
import { count } from "../report/numbers.js";
import { readStick } from "../workshop/stick.js";
import { type Finding, finding, GOOD } from "./findings.js";
import { diskFinding, engineFindings, GENERAL, hostFindings, type Needs } from "./findings-machine.js";
import { type Bench, benchOn, openLab, planWithLock } from "./inputs.js";
import { presentImages } from "./ready.js";
import { planRecipes } from "./recipes.js";
import { everyWorkshopLab } from "./workshop-labs.js";
import type { Workspace } from "./workspace.js";

/** Besides the fleet that is measured: the tool, the engine, a browser. In bytes. */
const OTHER_MEMORY = 1e9;

/** What is to be worked through, on which stick. */
interface Plan {
  readonly labs: readonly StickLab[];
  /** `undefined` where this folder is no stick. */
  readonly platform: string | undefined;
}

async function planOf(workspace: Workspace): Promise<Plan> {
  const stick = await readStick(workspace.workingDirectory);
  if (stick !== undefined) return stick;
  const labs = (await everyWorkshopLab(workspace)).map(({ spec: { name, title, fleet } }) => {
    return { name, title, memoryBytes: fleet.memoryBytes, share: null, shareBytes: 0 };
  });
  return { labs, platform: undefined };
}

/** How many images of a lab the engine has, or why it does not have what it needs. */
async function imagesOf(bench: Bench, name: string): Promise<number | string> {
  try {
    const locked = await planWithLock(bench, await openLab(bench.workspace, name), { frozen: true, offline: true });
    const present = await presentImages(bench, locked, await planRecipes(bench, locked));
    return present === undefined ? "not on the engine" : present.images.size + 1;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return error.code === "usage" ? "not on the engine" : error.message;
  }
}

async function imageFinding(bench: Bench, { name }: StickLab, onStick: boolean): Promise<Finding> {
  const found = await imagesOf(bench, name);
  if (typeof found === "number") return finding(`images of ${name}`, `${count(found)} on the engine`, GOOD);
  const remedy = `majek-lab build ${name}, or majek-lab load a file of it`;
  return finding(`images of ${name}`, found, onStick ? ["warn", "./start loads them"] : ["fail", remedy]);
}

function platformFinding({ info }: Engine, { platform }: Plan): Finding[] {
  if (platform === undefined) return [];
  const here = platformOf(info.architecture);
  const remedy = `use a machine with ${platform}, or a stick that was packed on ${here}`;
  return [finding("platform", here, here === platform ? GOOD : ["fail", remedy])];
}

/** While an archive is loaded the engine has it and its layers, of one lab at a time. */
function needsOf({ labs, platform }: Plan, missing: ReadonlySet<string>): Needs {
  const memory = OTHER_MEMORY + Math.max(0, ...labs.map(({ memoryBytes }) => memoryBytes));
  if (platform === undefined) {
    const disk = missing.size > 0 ? GENERAL.ampleDisk : GENERAL.disk;
    return { memory, disk, ampleDisk: disk };
  }
  const sizes = labs.filter(({ name }) => missing.has(name)).map(({ shareBytes }) => shareBytes);
  const disk = GENERAL.disk + sizes.reduce((sum, size) => sum + size, 0) + Math.max(0, ...sizes);
  return { memory, disk, ampleDisk: disk };
}

/** What a workshop needs of this machine: the labs of the stick in this folder, else every lab with steps. */
export async function workshopFindings(workspace: Workspace, found: Engine | Finding): Promise<Finding[]> {
  const plan = await planOf(workspace);
  const host = await hostFindings();
  const remedy = "free some space on the engine's disk";
  const all = new Set(plan.labs.map(({ name }) => name));
  if (!("info" in found)) {
    return [found, ...host, await diskFinding(workspace.workingDirectory, needsOf(plan, all), remedy)];
  }
  const bench = benchOn(workspace, found, await workspace.progress());
  const images: Finding[] = [];
  for (const lab of plan.labs) images.push(await imageFinding(bench, lab, plan.platform !== undefined));
  const missing = new Set(plan.labs.filter((_, place) => images[place]?.status !== "ok").map(({ name }) => name));
  const needs = needsOf(plan, missing);
  return [
    ...engineFindings(found.info, needs),
    ...platformFinding(found, plan),
    ...host,
    await diskFinding(found.info.storageFolder ?? workspace.workingDirectory, needs, remedy),
    ...images,
  ];
}
