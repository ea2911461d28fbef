import { createReadStream } from "node:fs";
import { LABELS } from "../docker/labels.js";
import type { Engine } from "../docker/types.js";
import { LabError } from "../model/errors.js";
import type { Progress, Step } from "../model/progress.js";
import type { Environment } from "../system/env.js";
import { createScratch } from "../system/store-scratch.js";
import type { SeedContext } from "./context.js";
import { SEED_IMAGE } from "./recipe.js";
import { MMDEBSTRAP, makeSeedHere, seedMaker } from "./seed-host.js";
import { makeSeedInImage } from "./seed-image.js";

/** How an image named by the user is written; anything else could change under us. */
const PINNED = /@sha256:[0-9a-f]{64}$/;

/** How long a registry may stay silent. Milliseconds. */
const ANSWER_MS = 20_000;

/** What the seed is called, and the program that makes it here. */
export interface SeedPlaces {
  readonly tag?: string;
  readonly mmdebstrap?: string;
}

function noWay(image: string, host: string): LabError {
  return new LabError(
    "engine",
    "there is no way to make the seed image, which downloads inputs and makes root file systems",
    {
      details: [
        `1. a seed made earlier: no image ${SEED_IMAGE} on this engine`,
        `2. a Debian image named in MAJEK_LAB_SEED_IMAGE as name@sha256:digest: ${image}`,
        `3. mmdebstrap on this machine: ${host}`,
      ],
      next: "on Debian or Ubuntu, as root: apt-get install mmdebstrap debian-archive-keyring",
    },
  );
}

/** Loads the tar that `make` writes and tags it as the seed. The tar is removed in any case. */
async function importSeed(
  { engine, environment }: SeedContext,
  tag: string,
  make: (path: string) => Promise<void>,
): Promise<void> {
  const scratch = await createScratch(environment.cacheDir);
  try {
    await make(scratch.file);
    await engine.images.importRootfs(createReadStream(scratch.file), tag, { [LABELS.role]: "seed" });
  } finally {
    await scratch.remove();
  }
}

/** Pulls, and gives up on a registry that says nothing; when aborted, the engine may finish it for the next time. */
async function pull(engine: Engine, reference: string, step: Step, signal: AbortSignal | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stop = (): void => undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("the registry does not answer")), ANSWER_MS);
    stop = () => reject(signal?.reason);
    signal?.addEventListener("abort", stop, { once: true });
  });
  const pulled = engine.images.pull(reference, (line) => {
    clearTimeout(timer);
    step.update(line);
  });
  try {
    await Promise.race([pulled, silence]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** Whether the engine has the image that MAJEK_LAB_SEED_IMAGE names, pulled when it is not there; else why not. */
async function namedImage(
  { engine, signal }: SeedContext,
  reference: string | undefined,
  step: Step,
): Promise<string | undefined> {
  if (!reference) return "not set";
  if ((await engine.images.inspect(reference)) !== undefined) return undefined;
  if (!PINNED.test(reference)) return `${reference} is not on this engine, and without a digest it is not pulled`;
  step.update(`pulling ${reference}`);
  try {
    await pull(engine, reference, step, signal);
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    return `${reference} cannot be pulled (${(error as Error).message})`;
  }
}

async function create(
  context: SeedContext,
  progress: Progress,
  { tag, mmdebstrap }: Required<SeedPlaces>,
  step: Step,
): Promise<void> {
  const { environment, signal } = context;
  const reference = environment.seedImage;
  const reason = await namedImage(context, reference, step);
  if (reason === undefined && reference !== undefined) {
    return importSeed(context, tag, (path) => makeSeedInImage(context, reference, path, step));
  }
  const maker = await seedMaker(mmdebstrap);
  if ("reason" in maker) throw noWay(reason ?? "not set", maker.reason);
  if (reference) progress.note(`seed: ${reason}; using mmdebstrap of this machine`);
  await importSeed(context, tag, (path) => makeSeedHere(environment, path, step, signal));
}

/**
 * Makes sure that the engine has the seed: a Debian root with apt, pip and mmdebstrap, used to download inputs and to
 * make root file systems, never part of an image. Tried in this order: one made earlier; the Debian image that
 * MAJEK_LAB_SEED_IMAGE names by digest; mmdebstrap on this machine.
 * @param places - other names than the usual ones, for tests
 * @returns the image reference
 * @throws LabError "engine" when none works, naming all three
 */
export async function ensureSeed(
  engine: Engine,
  environment: Environment,
  progress: Progress,
  signal?: AbortSignal,
  { tag = SEED_IMAGE, mmdebstrap = MMDEBSTRAP }: SeedPlaces = {},
): Promise<string> {
  if ((await engine.images.inspect(tag)) !== undefined) return tag;
  const step = progress.step("Seed image");
  try {
    await create({ engine, environment, ...(signal && { signal }) }, progress, { tag, mmdebstrap }, step);
  } catch (error) {
    step.fail();
    throw error;
  }
  step.done();
  return tag;
}
