import { join } from "node:path";
import { ensureImage, layerOf } from "../image/ensure.js";
import { buildTree } from "../image/tree.js";
import { makeRootfs } from "../lock/rootfs.js";
import type { ImageRef } from "../model/image.js";
import type { ImagePlan, LabPlan } from "../model/plan.js";
import type { TreeContext } from "../render/build-context.js";
import { imageConfig } from "../render/image-config.js";
import { renderInterpreter } from "../render/interpreter.js";
import { type LabTrees, renderLab } from "../render/lab.js";
import { LAYOUT } from "../render/layout.js";
import { renderProbe } from "../render/probe.js";
import type { Templates } from "../render/templates.js";
import { stepDescriber } from "../report/build-step.js";
import type { DerivedTree } from "../system/store.js";
import { readTree } from "../system/trees.js";
import type { Bench, PlannedLab } from "./inputs.js";
import { readTemplates } from "./package-files.js";

/** The images of a lab on the engine. */
export interface BuiltLab extends PlannedLab {
  /** By tag. */
  readonly images: ReadonlyMap<string, ImageRef>;
  readonly probe: ImageRef;
}

async function tree(bench: Bench, lab: string, title: string, context: TreeContext): Promise<DerivedTree> {
  const made = await bench.store.derived(context.key);
  if (made !== undefined) return made;
  const step = bench.progress.step(title);
  const describe = stepDescriber();
  try {
    const built = await buildTree(bench.engine, bench.store, context, {
      lab,
      owner: bench.environment.owner,
      signal: bench.signal,
      onOutput: (line) => step.update(describe(line)),
    });
    step.done(`${(built.size / 1e6).toFixed(0)} MB`);
    return built;
  } catch (error) {
    step.fail();
    throw error;
  }
}

/** The lab's app and the harness, as files with hashes. */
export async function labTrees(bench: Pick<Bench, "workspace">, { lab }: Pick<PlannedLab, "lab">): Promise<LabTrees> {
  return {
    app: await readTree(join(lab.directory, lab.spec.app.path)),
    harness: await readTree(join(bench.workspace.packageRoot, "guest/harness")),
  };
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

async function labImage(
  bench: Bench,
  templates: Templates,
  plan: LabPlan,
  image: ImagePlan,
  trees: LabTrees,
  base: DerivedTree,
) {
  const { id, version } = image.interpreter;
  const interpreter = renderInterpreter(templates, image.interpreter, plan.builder);
  const python = await tree(
    bench,
    plan.lab,
    `CPython ${version}${id.includes("+") ? " with patches" : ""}`,
    interpreter,
  );
  const lab = await tree(
    bench,
    plan.lab,
    `Application on Python ${id}`,
    renderLab(templates, plan, interpreter, trees),
  );
  return load(bench, image.tag, [base, python, lab], imageConfig(plan, image));
}

async function probeImage(bench: Bench, templates: Templates, plan: LabPlan): Promise<ImageRef> {
  const sources = await readTree(join(bench.workspace.packageRoot, "guest/probe"));
  const context = renderProbe(templates, plan.builder, sources);
  const built = await tree(bench, plan.lab, "Probe", context);
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
  const templates = await readTemplates(bench.workspace.packageRoot);
  const trees = await labTrees(bench, planned);
  const base = await makeRootfs(bench, plan.base);
  await makeRootfs(bench, plan.builder);
  const probe = await probeImage(bench, templates, plan);
  const images = new Map<string, ImageRef>();
  for (const image of plan.images) images.set(image.tag, await labImage(bench, templates, plan, image, trees, base));
  return { ...planned, images, probe };
}
