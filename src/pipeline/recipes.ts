import { join } from "node:path";
import type { TreeContext } from "../model/context.js";
import { isPython2 } from "../model/guest.js";
import type { ImagePlan } from "../model/plan.js";
import { renderInterpreter } from "../render/interpreter.js";
import { type LabTrees, renderLab } from "../render/lab.js";
import { renderProbe } from "../render/probe.js";
import { readLayers, readTree } from "../system/trees.js";
import type { Bench, PlannedLab } from "./inputs.js";
import { readTemplates } from "./package-files.js";

/** A tree that is built, or taken from the content store where an equal context was built before. */
export interface TreeRecipe {
  /** For people, e.g. `CPython 3.13.5 with patches`. */
  readonly title: string;
  readonly context: TreeContext;
}

/** What a lab's images are made of, in the order in which it is made; root file systems apart. */
export interface Recipes {
  readonly probe: TreeRecipe;
  readonly images: readonly {
    readonly image: ImagePlan;
    /** Above the base: the interpreter, then the lab. */
    readonly trees: readonly TreeRecipe[];
  }[];
}

/** The lab's app and the harness, as files with hashes. */
export async function labTrees(bench: Pick<Bench, "workspace">, { lab }: Pick<PlannedLab, "lab">): Promise<LabTrees> {
  const harness = lab.spec.variants.some(({ python }) => isPython2(python)) ? "guest/harness2" : "guest/harness";
  return {
    app: await readLayers(lab.source.layers),
    harness: await readTree(join(bench.workspace.packageRoot, harness)),
  };
}

/** Decides how every tree of a lab is built; builds nothing. */
export async function planRecipes(bench: Bench, planned: PlannedLab): Promise<Recipes> {
  const { plan } = planned;
  const { packageRoot } = bench.workspace;
  const templates = await readTemplates(packageRoot);
  const trees = await labTrees(bench, planned);
  const images = plan.images.map((image) => {
    const { id, version, patches } = image.interpreter;
    const interpreter = renderInterpreter(templates, image.interpreter, plan.builder);
    return {
      image,
      trees: [
        { title: `CPython ${version}${patches.length > 0 ? " with patches" : ""}`, context: interpreter },
        { title: `Application on Python ${id}`, context: renderLab(templates, plan, interpreter, trees) },
      ],
    };
  });
  const probe = renderProbe(templates, plan.builder, await readTree(join(packageRoot, "guest/probe")));
  return { probe: { title: "Probe", context: probe }, images };
}
