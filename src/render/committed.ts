import type { InterpreterSeries } from "../model/plan.js";
import { interpreterDockerfile } from "./interpreter.js";
import { type LabShape, labDockerfile } from "./lab.js";
import { probeDockerfile } from "./probe.js";
import type { Templates } from "./templates.js";

/** A generated file that is committed, below `dockerfiles/`. */
export interface CommittedFile {
  readonly path: string;
  readonly text: string;
}

function interpreterFolders(templates: Templates, minor: string, series: InterpreterSeries): CommittedFile[] {
  const render = (patched: boolean) => interpreterDockerfile(templates, { ...series, minor, patched });
  const stock = { path: `python/${minor}/Dockerfile`, text: render(false) };
  if (series.patches.length === 0) return [stock];
  return [stock, { path: `python/${minor}-majek/Dockerfile`, text: render(true) }];
}

/**
 * Everything in `dockerfiles/`: each interpreter, each lab, the probe. The folder holds these files and no others.
 * They name inputs by folder, never by file, so that they change with templates, series and labs, not with locks.
 * @param series - by minor version
 */
export function renderCommitted(
  templates: Templates,
  series: Readonly<Record<string, InterpreterSeries>>,
  labs: readonly LabShape[],
): CommittedFile[] {
  const files = [
    ...Object.entries(series).flatMap(([minor, one]) => interpreterFolders(templates, minor, one)),
    ...labs.map((shape) => ({ path: `labs/${shape.lab}/Dockerfile`, text: labDockerfile(templates, shape) })),
    { path: "probe/Dockerfile", text: probeDockerfile(templates) },
  ];
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
