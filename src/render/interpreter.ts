import type { ContextFile, TreeContext } from "../model/context.js";
import { isPython2, LAYOUT, SOURCE_DATE_EPOCH, TEMPORARY_LABEL } from "../model/guest.js";
import type { InterpreterPlan, RootfsPlan } from "../model/plan.js";
import { buildContext, derivedFile, inputFile, textFile } from "./build-context.js";
import { shellWord } from "./quote.js";
import { fill, type Templates, type TemplateValues } from "./templates.js";

/** What the Dockerfile of an interpreter depends on: not on the lock, so that the committed files change with templates only. */
export type InterpreterShape = Pick<InterpreterPlan, "minor" | "version" | "regenerate"> & {
  readonly patched: boolean;
};

export function interpreterValues({ minor, version, regenerate, patched }: InterpreterShape): TemplateValues {
  return {
    minor,
    version,
    patched,
    python2: isPython2(minor),
    prefix: LAYOUT.prefix,
    epoch: SOURCE_DATE_EPOCH,
    temporaryLabel: TEMPORARY_LABEL,
    regenerates: regenerate.length > 0,
    regenerate: regenerate.map((target) => shellWord(target, "regenerate")).join(" "),
  };
}

export function interpreterDockerfile(templates: Templates, shape: InterpreterShape): string {
  return fill(templates, "interpreter.Dockerfile.hbs", interpreterValues(shape));
}

export function interpreterShape(plan: InterpreterPlan): InterpreterShape {
  return { ...plan, patched: plan.patches.length > 0 };
}

/** Upstream archive and patches, as both kinds of context hold them. */
export function interpreterFiles({ source, patches }: InterpreterPlan): ContextFile[] {
  const files = [inputFile("source", source)];
  if (patches.length === 0) return files;
  const series = patches.map(({ name }) => `${name}\n`).join("");
  return [
    ...files,
    textFile("patches/series", series),
    ...patches.map(({ name, text }) => textFile(`patches/${name}`, text)),
  ];
}

/** Compiles an interpreter; the tree is /opt/python. */
export function renderInterpreter(templates: Templates, plan: InterpreterPlan, builder: RootfsPlan): TreeContext {
  const files = [derivedFile("builder.tar", builder.key), ...interpreterFiles(plan)];
  return buildContext(interpreterDockerfile(templates, interpreterShape(plan)), files, LAYOUT.prefix);
}
