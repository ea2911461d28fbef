import { LabError } from "../model/errors.js";
import type { Lab, LabSpec, VariantSpec } from "../model/spec.js";
import { didYouMean } from "../model/suggest.js";

/** What the command line changes about a lab. */
export interface Overrides {
  readonly variant?: readonly string[];
  readonly workers?: number;
  readonly requests?: number;
}

function pickVariants({ name, variants }: LabSpec, wanted: readonly string[] | undefined): readonly VariantSpec[] {
  if (wanted === undefined || wanted.length === 0) return variants;
  const names = variants.map((variant) => variant.name);
  for (const one of wanted) {
    if (names.includes(one)) continue;
    throw new LabError("usage", `${name} has no variant "${one}"${didYouMean(one, names)}`, {
      next: `--variant ${names.join(" | ")}`,
    });
  }
  return variants.filter((variant) => wanted.includes(variant.name));
}

/** Enough for a full collection to have run in stock workers, and a first verdict within minutes. */
const UP_REQUESTS = 2000;

/** Requests per worker of `up` where the command line names none: a shorter lab stays as short as it is. */
export function upLimit({ load }: LabSpec): number {
  return Math.min(load.requestsPerWorker, UP_REQUESTS);
}

/** Checkpoints up to a number of requests per worker, which is the last one. */
export function checkpointsUpTo(checkpoints: readonly number[], last: number): readonly number[] {
  return [...checkpoints.filter((point) => point < last), last];
}

/**
 * The lab as this command runs it: fewer variants, other numbers.
 * @param limit - requests per worker where the command line names none
 * @throws LabError "usage" for a variant the lab does not have
 */
export function selectLab(lab: Lab, overrides: Overrides, limit: number): Lab {
  const { spec } = lab;
  const requests = overrides.requests ?? limit;
  return {
    ...lab,
    spec: {
      ...spec,
      fleet: { ...spec.fleet, workers: overrides.workers ?? spec.fleet.workers },
      load: {
        ...spec.load,
        requestsPerWorker: requests,
        checkpoints: checkpointsUpTo(spec.load.checkpoints, requests),
      },
      variants: pickVariants(spec, overrides.variant).map((variant) =>
        overrides.workers === undefined ? variant : { ...variant, workers: null },
      ),
    },
  };
}

/** Baseline and the variant the lab is about first, so that their verdict comes early; then the rest in order. */
export function verdictFirst({ variants, baseline }: LabSpec): readonly string[] {
  const names = variants.map(({ name }) => name);
  const first = [baseline, names.at(-1)].filter((name) => name !== undefined && names.includes(name)) as string[];
  return [...new Set([...first, ...names])];
}
