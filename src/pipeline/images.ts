import { join } from "node:path";
import { ensureImage, layerOf } from "../image/ensure.js";
import { buildTree } from "../image/tree.js";
import { makeRootfs } from "../lock/rootfs.js";
import type { TreeContext } from "../model/context.js";
import { LabError } from "../model/errors.js";
import { LAYOUT } from "../model/guest.js";
import type { ImageRef } from "../model/image.js";
import type { LabPlan } from "../model/plan.js";
import { lastTraceback } from "../model/traceback.js";
import { imageConfig } from "../render/image-config.js";
import { stepDescriber } from "../report/build-step.js";
import { writeAtomic } from "../system/files.js";
import type { DerivedTree } from "../system/store.js";
import { type DigestState, judgeDigests } from "./expected.js";
import type { Bench, PlannedLab } from "./inputs.js";
import { planRecipes, type TreeRecipe } from "./recipes.js";

/** The images of a lab on the engine. */
export interface BuiltLab extends PlannedLab {
  /** By tag. */
  readonly images: ReadonlyMap<string, ImageRef>;
  readonly probe: ImageRef;
  /** How they compare with the digests in lab.lock, by tag. */
  readonly digests: ReadonlyMap<string, DigestState>;
}

async function tree(bench: Bench, lab: string, title: string, context: TreeContext): Promise<DerivedTree> {
  const made = await bench.store.derived(context.key);
  if (made !== undefined) return made;
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
    return built;
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

async function load(
  bench: Bench,
  tag: string,
  layers: readonly DerivedTree[],
  config: Parameters<typeof ensureImage>[2],
): Promise<ImageRef> {
  const step = bench.progress.step(`Image ${tag}`);
  try {
    const { reference, loaded } = await ensureImage(bench.engine, layers.map(layerOf), config, tag, bench.signal);
    step.done(loaded ? "loaded" : "present");
    return reference;
  } catch (error) {
    step.fail();
    throw error;
  }
}

async function probeImage(bench: Bench, plan: LabPlan, { title, context }: TreeRecipe): Promise<ImageRef> {
  const built = await tree(bench, plan.lab, title, context);
  const config = {
    env: {},
    user: "0:0",
    workdir: "/",
    command: [LAYOUT.probeProgram],
    labels: { "org.majek-lab.role": "probe" },
    platform: plan.platform,
  };
  return load(bench, `localhost/majek-lab/probe:${context.key.slice(0, 12)}`, [built], config);
}

/**
 * Builds what is missing: root file systems, interpreters, application, probe; then the images.
 * Trees that were made earlier from equal inputs are taken from the content store.
 */
export async function buildImages(bench: Bench, planned: PlannedLab): Promise<BuiltLab> {
  const { plan } = planned;
  const recipes = await planRecipes(bench, planned);
  const base = await makeRootfs(bench, plan.base);
  await makeRootfs(bench, plan.builder);
  const probe = await probeImage(bench, plan, recipes.probe);
  const images = new Map<string, ImageRef>();
  for (const { image, trees } of recipes.images) {
    const layers = [base];
    for (const { title, context } of trees) layers.push(await tree(bench, plan.lab, title, context));
    images.set(image.tag, await load(bench, image.tag, layers, imageConfig(plan, image)));
  }
  const digests = judgeDigests({ ...planned, images, probe }, recipes);
  for (const [tag, state] of digests) {
    if (state === "different")
      bench.progress.warn(`${tag} was made from the locked inputs, but is not what lab.lock expects`);
  }
  return { ...planned, images, probe, digests };
}
