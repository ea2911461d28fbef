import type { TreeContext, TreeFile } from "../model/context.js";
import { LAYOUT, SOURCE_DATE_EPOCH, TEMPORARY_LABEL } from "../model/guest.js";
import type { RootfsPlan } from "../model/plan.js";
import { buildContext, derivedFile, treeFiles } from "./build-context.js";
import { fill, type Templates } from "./templates.js";

export function probeDockerfile(templates: Templates): string {
  return fill(templates, "probe.Dockerfile.hbs", {
    tree: LAYOUT.probe,
    program: LAYOUT.probeProgram,
    epoch: SOURCE_DATE_EPOCH,
    temporaryLabel: TEMPORARY_LABEL,
  });
}

/** What compiling needs of guest/probe. */
const USED = /^(Makefile|src\/.+)$/;

/**
 * Compiles the probe; the tree is /probe.
 * @param sources - files of guest/probe
 */
export function renderProbe(templates: Templates, builder: RootfsPlan, sources: readonly TreeFile[]): TreeContext {
  const used = sources.filter(({ path }) => USED.test(path));
  const files = [derivedFile("builder.tar", builder.key), ...treeFiles("probe", used)];
  return buildContext(probeDockerfile(templates), files, LAYOUT.probe);
}
