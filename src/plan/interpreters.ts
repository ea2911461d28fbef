import { LabError } from "../model/errors.js";
import type { PlatformLock } from "../model/lock.js";
import type { InterpreterPlan, InterpreterSeries } from "../model/plan.js";
import type { InterpreterId } from "../model/spec.js";
import { didYouMean } from "../model/suggest.js";

/** Series by minor version, e.g. `3.13`. */
export type SeriesByMinor = Readonly<Record<string, InterpreterSeries>>;

/**
 * Decides how one interpreter is built. Stock and patched differ in the patches and in nothing else.
 * @throws LabError "lab" for a minor that cpython-patch/ does not have, "input" where the lock holds another version
 */
export function planInterpreter(id: InterpreterId, lock: PlatformLock, series: SeriesByMinor): InterpreterPlan {
  const [minor = "", patched] = id.split("+");
  const known = Object.hasOwn(series, minor) ? series[minor] : undefined;
  if (known === undefined) {
    const minors = Object.keys(series);
    throw new LabError("lab", `there is no Python ${minor} to build${didYouMean(minor, minors)}`, {
      where: `python: "${id}"`,
      next: `use one of ${minors.join(", ")}`,
    });
  }
  const source = lock.sources.find(({ name }) => name === `cpython-${minor}`);
  if (source?.version !== known.version) {
    throw new LabError(
      "input",
      `the lock has ${source?.version ?? "no source"} for Python ${minor}, not ${known.version}`,
      {
        where: `cpython-patch/versions.json`,
        next: "majek-lab lock LAB --update",
      },
    );
  }
  const patches = patched === undefined ? [] : known.patches;
  if (patched !== undefined && patches.length === 0) {
    throw new LabError("lab", `there are no patches for Python ${minor}`, {
      where: `cpython-patch/${minor}/series`,
      next: `use python: "${minor}" in lab.yaml, which is the interpreter without patches`,
    });
  }
  return { id, minor, version: known.version, source, patches, regenerate: known.regenerate };
}
