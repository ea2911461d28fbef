import type { BuildContext } from "../model/context.js";
import { LabError } from "../model/errors.js";
import { LAYOUT } from "../model/guest.js";
import type { ImagePlan, LabPlan, VariantPlan } from "../model/plan.js";
import { buildContext, derivedFile } from "./build-context.js";
import { imageConfig } from "./image-config.js";
import { interpreterFiles, interpreterShape, interpreterValues } from "./interpreter.js";
import { type LabTrees, labFiles, labShape, labValues } from "./lab.js";
import { dockerAssignments, dockerCommand } from "./quote.js";
import { fill, type Templates } from "./templates.js";

function imageOf(plan: LabPlan, variant: VariantPlan): ImagePlan {
  const image = plan.images.find(({ tag }) => tag === variant.imageTag);
  if (image !== undefined) return image;
  throw new LabError("failed", `the plan has no image for ${variant.name}`, { where: variant.imageTag });
}

function standaloneDockerfile(templates: Templates, plan: LabPlan, variant: VariantPlan): string {
  const image = imageOf(plan, variant);
  const config = imageConfig(plan, image);
  return fill(templates, "standalone.Dockerfile.hbs", {
    ...interpreterValues(interpreterShape(image.interpreter)),
    ...labValues(labShape(plan)),
    variant: variant.name,
    labels: dockerAssignments(config.labels),
    environment: dockerAssignments({ ...config.env, ...variant.environment }),
    runFolder: LAYOUT.run,
    user: config.user,
    workdir: config.workdir,
    command: dockerCommand(config.command),
  });
}

/**
 * Everything from compiler to runnable image in one context, which a plain `docker build --network none` of any builder
 * turns into an image that serves the variant.
 */
export function renderStandalone(
  templates: Templates,
  plan: LabPlan,
  variant: VariantPlan,
  trees: LabTrees,
): BuildContext {
  const files = [
    derivedFile("base.tar", plan.base.key),
    derivedFile("builder.tar", plan.builder.key),
    ...interpreterFiles(imageOf(plan, variant).interpreter),
    ...labFiles(plan, trees),
  ];
  return buildContext(standaloneDockerfile(templates, plan, variant), files, null);
}
