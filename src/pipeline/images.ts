import { join } from "node:path";
import type { Assembled } from "../image/assemble.js";
import { ensureImage } from "../image/ensure.js";
import { buildTree } from "../image/tree.js";
import { makeRootfs } from "../lock/rootfs.js";
import type { TreeContext } from "../model/context.js";
import { LabError } from "../model/errors.js";
import type { ImageRef } from "../model/image.js";
import { lastTraceback } from "../model/traceback.js";
import { stepDescriber } from "../report/build-step.js";
import { writeAtomic } from "../system/files.js";
import { assembleImages } from "./assembled.js";
import { type DigestState, judgeDigests } from "./expected.js";
import type { Bench, PlannedLab } from "./inputs.js";
import { planRecipes } from "./recipes.js";

/** The images of a lab on the engine. */
export interface BuiltLab extends PlannedLab {
  /** By tag. */
  readonly images: ReadonlyMap<string, ImageRef>;
  readonly probe: ImageRef;
  /** How they compare with the digests in lab.lock, by tag. */
  readonly digests: ReadonlyMap<string, DigestState>;
}

async function tree(bench: Bench, lab: string, title: string, context: TreeContext): Promise<void> {
  if ((await bench.store.derived(context.key)) !== undefined) return;
  const step = bench.progress.step(title);
  const describe = stepDescriber();
  const log: string[] = [];
  try {
    const built = await buildTree(bench.engine, bench.store, context, {
      lab,
      owner: bench.environment.owner,
      signal: bench.signal,
      onOutput: (line) => {
        log.push(line);
        step.update(describe(line));
      },
    });
    step.done(`${(built.size / 1e6).toFixed(0)} MB`);
  } catch (error) {
    step.fail();
    throw await withLog(bench, lab, log, error);
  }
}

/** A failed build as its traceback, where Python left one, and the file that has the whole log. */
async function withLog({ environment }: Bench, lab: string, log: readonly string[], error: unknown): Promise<unknown> {
  if (!(error instanceof LabError) || error.code !== "build" || log.length === 0) return error;
  const file = join(environment.cacheDir, "logs", `${lab}-build.log`);
  const written = await writeAtomic(file, `${log.join("\n")}\n`).then(
    () => [`the full log is ${file}`],
    () => [],
  );
  const { message, where, next = "correct what the log says, then run the command again" } = error;
  const traceback = lastTraceback(log);
  const details = [...(traceback.length > 0 ? traceback : error.details), ...written];
  return new LabError("build", message, { details, next, cause: error, ...(where === undefined ? {} : { where }) });
}

async function load(bench: Bench, image: Assembled): Promise<ImageRef> {
  const step = bench.progress.step(`Image ${image.reference.tag}`);
  try {
    const { reference, loaded } = await ensureImage(bench.engine, image, bench.signal);
    step.done(loaded ? "loaded" : "present");
    return reference;
  } catch (error) {
    step.fail();
    throw error;
  }
}

/**
 * Builds what is missing: root file systems, interpreters, application, probe; then the images.
 * Trees that were made earlier from equal inputs are taken from the content store.
 */
export async function buildImages(bench: Bench, planned: PlannedLab): Promise<BuiltLab> {
  const { plan } = planned;
  const recipes = await planRecipes(bench, planned);
  await makeRootfs(bench, plan.base);
  await makeRootfs(bench, plan.builder);
  await tree(bench, plan.lab, recipes.probe.title, recipes.probe.context);
  const trees = recipes.images.flatMap((image) => image.trees);
  for (const { title, context } of trees) await tree(bench, plan.lab, title, context);
  const assembled = await assembleImages(bench.store, plan, recipes);
  const probe = await load(bench, assembled.probe);
  const images = new Map<string, ImageRef>();
  for (const image of assembled.images) images.set(image.reference.tag, await load(bench, image));
  const digests = judgeDigests({ ...planned, images, probe }, recipes);
  for (const [tag, state] of digests) {
    if (state === "different")
      bench.progress.warn(`${tag} was made from the locked inputs, but is not what lab.lock expects`);
  }
  return { ...planned, images, probe, digests };
}
