import { basename, resolve } from "node:path";
import type { Engine } from "../docker/types.js";
import { type FoundFleet, labsOnEngine, listFleets } from "../fleet/find.js";
import { LabError } from "../model/errors.js";
import { findLab } from "../spec/find.js";
import { labName } from "../spec/name.js";
import type { Workspace } from "./workspace.js";

/** What a word may mean, likeliest first: the lab that it leads to, a lab of that name, a folder that is gone. */
function candidates(word: string, named: string | undefined, workingDirectory: string): readonly string[] {
  const folder = basename(resolve(workingDirectory, word.replace(/[/\\]?lab\.ya?ml$/, "")));
  return [...(named === undefined ? [] : [named]), word, folder];
}

/**
 * The name of the lab that a command about fleets means. LAB is what it is everywhere: a path, else `./labs/NAME`, else
 * a lab of the package. But fleets outlive their lab: one whose folder is gone, damaged or renamed is still found by the
 * name that its fleets carry.
 * @throws LabError "usage" when there is neither such a lab nor anything of that name on the engine
 */
export async function fleetLab(workspace: Workspace, engine: Engine, word: string): Promise<string> {
  const place = await findLab(word, workspace).catch((error: unknown) => {
    if (error instanceof LabError) return error;
    throw error;
  });
  const named = place instanceof LabError ? undefined : await labName(place);
  const running = await labsOnEngine(engine);
  // An empty word is an empty variable of a script: it means nothing, least of all this folder.
  const known = word === "" ? [] : candidates(word, named, workspace.workingDirectory);
  const name = known.find((one) => running.has(one)) ?? named;
  if (name !== undefined) return name;
  const { message, details } = place as LabError;
  throw new LabError("usage", message, {
    details: [...details, `on the engine: ${[...running].join(", ") || "nothing"}`],
    next: "majek-lab status",
  });
}

/**
 * The fleets that LAB and `--variant` mean.
 * @throws LabError "usage" when there is none
 */
export async function chosenFleets(
  workspace: Workspace,
  engine: Engine,
  word: string,
  variant: string | undefined,
): Promise<readonly FoundFleet[]> {
  const lab = await fleetLab(workspace, engine, word);
  const fleets = await listFleets(engine, { lab, ...(variant === undefined ? {} : { variant }) });
  if (fleets.length > 0) return fleets;
  const others = await listFleets(engine);
  throw new LabError("usage", `no fleet of ${lab}${variant === undefined ? "" : `, variant ${variant}`}, exists`, {
    details: others.map((fleet) => `${fleet.lab} ${fleet.variant}`),
    next: "majek-lab up LAB --detach",
  });
}
