import type { BuildContext, ContextFile, TreeContext, TreeFile } from "../model/context.js";
import { isPython2, LAYOUT, SOURCE_DATE_EPOCH, TEMPORARY_LABEL } from "../model/guest.js";
import type { LabPlan } from "../model/plan.js";
import type { AppSpec } from "../model/spec.js";
import { buildContext, derivedFile, inputFile, treeFiles } from "./build-context.js";
import { shellWord } from "./quote.js";
import { fill, type Templates, type TemplateValues } from "./templates.js";

/** What the Dockerfile of a lab depends on. */
export interface LabShape {
  readonly lab: string;
  /** Script inside the app folder, or `null`. */
  readonly prepare: string | null;
  readonly settings: string | null;
  /** Management commands, each as it is typed. */
  readonly steps: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Database that the steps fill, inside the app folder, or `null`. */
  readonly fixture: string | null;
  /** Whether the lab's interpreters are of Python 2. */
  readonly python2: boolean;
  /** Whether the lock holds packages that must be built from source. */
  readonly sourceDistributions: boolean;
}

/** Files that go into the lab tree as they are. */
export interface LabTrees {
  /** The lab's app folder. */
  readonly app: readonly TreeFile[];
  /** guest/harness, or guest/harness2 for Python 2; only its package is used. */
  readonly harness: readonly TreeFile[];
}

/** What is run in the lab's tree while it is built. */
export function preparationOf({
  prepare,
  settings,
  steps,
  env,
  fixture,
}: AppSpec): Pick<LabShape, "prepare" | "settings" | "steps" | "env" | "fixture"> {
  return { prepare, settings, steps, env, fixture };
}

export function labShape({ lab, app, images, python }: LabPlan): LabShape {
  return {
    lab,
    ...preparationOf(app),
    python2: images.some(({ interpreter }) => isPython2(interpreter.minor)),
    sourceDistributions: python.some(({ kind }) => kind === "sdist"),
  };
}

/** `NAME=value ` for each variable of prepare and steps, before the command that gets them. */
function assignments({ settings, steps, env, fixture }: LabShape): string {
  const django = settings === null ? {} : { DJANGO_SETTINGS_MODULE: settings };
  // The fleet names its own copy; steps fill the file that it is copied from.
  const database = steps.length > 0 && fixture !== null ? { MAJEK_LAB_DATABASE: `${LAYOUT.lab}/app/${fixture}` } : {};
  return Object.entries({ ...django, ...env, ...database })
    .map(([name, value]) => `${name}=${shellWord(value, name)} `)
    .join("");
}

const stepWords = (step: string): string =>
  step
    .split(" ")
    .map((word) => shellWord(word, "app.steps"))
    .join(" ");

export function labValues(shape: LabShape): TemplateValues {
  const { lab, prepare, steps, python2, sourceDistributions } = shape;
  return {
    lab,
    python2,
    tree: LAYOUT.lab,
    prefix: LAYOUT.prefix,
    epoch: SOURCE_DATE_EPOCH,
    temporaryLabel: TEMPORARY_LABEL,
    // Only extensions need a compiler; without them the smaller root file system is enough.
    rootfs: sourceDistributions ? "builder" : "base",
    sdists: sourceDistributions,
    prepares: prepare !== null,
    assignments: assignments(shape),
    steps: steps.map(stepWords),
    prepare: prepare === null ? "" : shellWord(prepare, "app.prepare"),
  };
}

export function labDockerfile(templates: Templates, shape: LabShape): string {
  return fill(templates, "lab.Dockerfile.hbs", labValues(shape));
}

/** Packages, application and harness, as both kinds of context hold them. */
export function labFiles({ python, pythonBuild }: LabPlan, { app, harness }: LabTrees): ContextFile[] {
  return [
    ...pythonBuild.map((entry) => inputFile("tools", entry)),
    ...python.map((entry) => inputFile(entry.kind === "wheel" ? "wheels" : "sdists", entry)),
    ...treeFiles("app", app),
    ...treeFiles(
      "harness",
      harness.filter(({ path }) => path.startsWith("majek_harness/")),
    ),
  ];
}

/**
 * Installs packages, application and harness; the tree is /srv/lab.
 * @param interpreter - context of the interpreter whose tree is used
 */
export function renderLab(
  templates: Templates,
  plan: LabPlan,
  interpreter: BuildContext,
  trees: LabTrees,
): TreeContext {
  const shape = labShape(plan);
  const rootfs = shape.sourceDistributions ? plan.builder : plan.base;
  const files = [
    derivedFile(`${rootfs.kind}.tar`, rootfs.key),
    derivedFile("python.tar", interpreter.key),
    ...labFiles(plan, trees),
  ];
  return buildContext(labDockerfile(templates, shape), files, LAYOUT.lab);
}
