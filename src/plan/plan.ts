import { LabError } from "../model/errors.js";
import type { FetchedInputs, PlatformLock } from "../model/lock.js";
import type { ImagePlan, LabPlan, VariantPlan } from "../model/plan.js";
import type { InterpreterId, Lab } from "../model/spec.js";
import { fleetEnvironment } from "./environment.js";
import { planInterpreter, type SeriesByMinor } from "./interpreters.js";
import { planRootfs } from "./rootfs.js";

/** Everything a plan is decided from. */
export interface PlanRequest {
  readonly lab: Lab;
  readonly inputs: FetchedInputs;
  /** What identifies the lock on this platform. */
  readonly lockHash: string;
  readonly series: SeriesByMinor;
  /** Texts of guest/seed/ that decide the bytes of a root file system. */
  readonly rootfsRecipe: string;
}

/** `localhost/`: no engine ever looks such a name up elsewhere. */
function imageTag(lab: string, interpreter: InterpreterId): string {
  return `localhost/majek-lab/${lab}:${interpreter.replace("+", "-")}`;
}

function planImages({ spec, source }: Lab, lock: PlatformLock, series: SeriesByMinor): ImagePlan[] {
  const ids = [...new Set(spec.variants.map(({ python }) => python))].sort();
  return ids.map((id) => ({ interpreter: planInterpreter(id, lock, series), tag: imageTag(source.name, id) }));
}

function planVariants({ spec, source }: Lab): VariantPlan[] {
  return spec.variants.map((variant) => ({
    ...variant,
    imageTag: imageTag(source.name, variant.python),
    environment: fleetEnvironment(spec, variant),
  }));
}

/** Packages are installed by pip from its own locked wheel, and a build requirement must not need building itself. */
function checkTools({ pythonBuild }: PlatformLock): void {
  const source = pythonBuild.find(({ kind }) => kind === "sdist");
  if (source !== undefined) {
    throw new LabError("input", `the build requirement ${source.name} ${source.version} exists only as source`, {
      where: source.file,
      next: "choose a version of the package that needs it for which there is a wheel",
    });
  }
  if (!pythonBuild.some(({ name }) => name === "pip")) {
    throw new LabError("input", "the lock has no pip", { where: "pythonBuild", next: "majek-lab lock LAB --update" });
  }
}

/**
 * Decides everything about building and running a lab, and does nothing. Pure: equal requests give equal plans.
 * @throws LabError "lab" or "input" where lab, lock and patches do not fit together
 */
export function planLab({ lab, inputs, lockHash, series, rootfsRecipe }: PlanRequest): LabPlan {
  const { lock, platform } = inputs;
  checkTools(lock);
  return {
    lab: lab.source.name,
    labHash: lab.hash,
    lockHash,
    app: lab.spec.app,
    platform,
    base: planRootfs("base", lock, rootfsRecipe),
    builder: planRootfs("builder", lock, rootfsRecipe),
    python: lock.python,
    pythonBuild: lock.pythonBuild,
    images: planImages(lab, lock, series),
    variants: planVariants(lab),
  };
}
