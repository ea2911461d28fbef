import { LabError } from "../model/errors.js";
import type { PlatformLock } from "../model/lock.js";
import type { InterpreterPlan, InterpreterSeries } from "../model/plan.js";
import type { InterpreterId } from "../model/spec.js";
import { didYouMean } from "../model/suggest.js";

/** Series by minor version, e.g. `3.13`. */
export type SeriesByMinor = Readonly<Record<string, InterpreterSeries>>;

/** What can be built: each minor, and each that has patches with them. */
export function interpreterIds(series: SeriesByMinor): readonly InterpreterId[] {
  return Object.entries(series).flatMap(([minor, { patches }]) => {
    const stock = minor as InterpreterId;
    return patches.length > 0 ? [stock, `${minor}+majek` as InterpreterId] : [stock];
  });
}

/**
 * Decides how one interpreter is built. Stock and patched differ in the patches and in nothing else.
 * @throws LabError "lab" for one that cpython-patch/ does not have, "input" where the lock holds another version
 */
export function planInterpreter(id: InterpreterId, lock: PlatformLock, series: SeriesByMinor): InterpreterPlan {
  const [minor = "", patched] = id.split("+");
  const ids = interpreterIds(series);
  const known = Object.hasOwn(series, minor) ? series[minor] : undefined;
  if (known === undefined || !ids.includes(id)) {
    throw new LabError("lab", `there is no interpreter ${id} to build${didYouMean(id, ids)}`, {
      where: `python: "${id}"`,
      next: `use one of ${ids.join(", ")}`,
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
  return { id, minor, version: known.version, source, patches, regenerate: known.regenerate };
}
