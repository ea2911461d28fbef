import { createReadStream } from "node:fs";
import { LABELS } from "../docker/labels.js";
import type { Engine } from "../docker/types.js";
import { LabError } from "../model/errors.js";
import type { Progress, Step } from "../model/progress.js";
import type { Environment } from "../system/env.js";
import { createScratch } from "../system/store-scratch.js";
import { SEED_IMAGE } from "./recipe.js";
import { makeSeedHere, seedMaker } from "./seed-host.js";
import { makeSeedInImage } from "./seed-image.js";

/** How an image named by the user is written; anything else could change under us. */
const PINNED = /@sha256:[0-9a-f]{64}$/;

function noWay(reason: string): LabError {
  return new LabError(
    "engine",
    "there is no way to make the seed image, which downloads inputs and makes root file systems",
    {
      details: [
        `1. no image ${SEED_IMAGE} on this engine (one made on another machine can be loaded)`,
        "2. MAJEK_LAB_SEED_IMAGE does not name a Debian image (name@sha256:digest) that the engine has or can pull",
        `3. mmdebstrap on this machine: ${reason}`,
      ],
      next: "on Debian or Ubuntu, as root: apt-get install mmdebstrap debian-archive-keyring (make seed does it)",
    },
  );
}

/** Loads the tar that `make` writes and tags it as the seed. The tar is removed in any case. */
async function importSeed(
  engine: Engine,
  environment: Environment,
  make: (path: string) => Promise<void>,
): Promise<void> {
  const scratch = await createScratch(environment.cacheDir);
  try {
    await make(scratch.file);
    await engine.images.importRootfs(createReadStream(scratch.file), SEED_IMAGE, { [LABELS.role]: "seed" });
  } finally {
    await scratch.remove();
  }
}

/** The image that MAJEK_LAB_SEED_IMAGE names, pulled when the engine does not have it. */
async function namedImage(engine: Engine, reference: string, step: Step): Promise<string> {
  if ((await engine.images.inspect(reference)) !== undefined) return reference;
  if (!PINNED.test(reference)) {
    throw new LabError(
      "engine",
      "the image for the seed is not on this engine, and its name has no digest to pull it by",
      {
        where: `MAJEK_LAB_SEED_IMAGE=${reference}`,
        next: "write it as name@sha256:digest, or load it first",
      },
    );
  }
  step.update(`pulling ${reference}`);
  await engine.images.pull(reference, (line) => step.update(line));
  return reference;
}

async function create(
  engine: Engine,
  environment: Environment,
  step: Step,
  signal: AbortSignal | undefined,
): Promise<void> {
  const named = environment.flags["MAJEK_LAB_SEED_IMAGE"];
  if (named) {
    const image = await namedImage(engine, named, step);
    await importSeed(engine, environment, (path) =>
      makeSeedInImage({ engine, environment, ...(signal && { signal }) }, image, path, step),
    );
    return;
  }
  const maker = await seedMaker();
  if ("reason" in maker) throw noWay(maker.reason);
  await importSeed(engine, environment, (path) => makeSeedHere(environment, path, step, signal));
}

/**
 * Makes sure that the engine has the seed: a Debian root with apt, pip and mmdebstrap, used to download inputs and to
 * make root file systems, never part of an image. Tried in this order: one made earlier; the Debian image that
 * MAJEK_LAB_SEED_IMAGE names by digest; mmdebstrap on this machine.
 * @returns the image reference
 * @throws LabError "engine" when none works, naming all three
 */
export async function ensureSeed(
  engine: Engine,
  environment: Environment,
  progress: Progress,
  signal?: AbortSignal,
): Promise<string> {
  if ((await engine.images.inspect(SEED_IMAGE)) !== undefined) return SEED_IMAGE;
  const step = progress.step("Seed image");
  try {
    await create(engine, environment, step, signal);
  } catch (error) {
    step.fail();
    throw error;
  }
  step.done();
  return SEED_IMAGE;
}
