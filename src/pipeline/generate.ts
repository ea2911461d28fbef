import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { requireNewFolder, writeContextFolder } from "../image/context.js";
import { readLock } from "../lock/file.js";
import { makeRootfs } from "../lock/rootfs.js";
import { LabError } from "../model/errors.js";
import { isPython2 } from "../model/guest.js";
import { readableJson } from "../model/json.js";
import type { Lab } from "../model/spec.js";
import { type CommittedFile, renderCommitted } from "../render/committed.js";
import { preparationOf } from "../render/lab.js";
import { renderStandalone } from "../render/standalone.js";
import { runJsonSchema } from "../results/schema.js";
import { listLabs } from "../spec/find.js";
import { loadLab } from "../spec/load.js";
import { labJsonSchema } from "../spec/schema.js";
import { listFiles, readTextIfPresent, writeAtomic } from "../system/files.js";
import { type Bench, openBench, openLab, planWithInputs, withLabLock } from "./inputs.js";
import { readSeries, readTemplates } from "./package-files.js";
import { labTrees } from "./recipes.js";
import type { Workspace } from "./workspace.js";

export interface GenerateOptions {
  readonly check?: boolean;
  readonly context?: string;
  readonly python?: string;
}

/** Every generated file, by its path below the project. @param more - what only the command line can write */
async function generated(workspace: Workspace, root: string, more: readonly CommittedFile[]): Promise<CommittedFile[]> {
  const labs = (await listLabs({ ...workspace, workingDirectory: root })).filter(({ directory }) =>
    directory.startsWith(root),
  );
  const shapes = await Promise.all(
    labs.map(async ({ directory }) => {
      const { spec, lockFile } = await loadLab(directory);
      if (spec.appFrom !== null) return []; // its images are another lab's
      const blocks = Object.values((await readLock(lockFile))?.platforms ?? {});
      const sourceDistributions = blocks.some(({ python }) => python.some(({ kind }) => kind === "sdist"));
      const python2 = spec.variants.some(({ python }) => isPython2(python));
      return [{ lab: spec.name, ...preparationOf(spec.app), python2, sourceDistributions }];
    }),
  );
  const dockerfiles = renderCommitted(
    await readTemplates(workspace.packageRoot),
    await readSeries(workspace.packageRoot),
    shapes.flat(),
  );
  return [
    ...dockerfiles.map(({ path, text }) => ({ path: `dockerfiles/${path}`, text })),
    { path: "labs/lab.schema.json", text: readableJson(labJsonSchema()) },
    { path: "labs/run.schema.json", text: readableJson(runJsonSchema()) },
    ...more,
  ];
}

async function outdated(root: string, files: readonly CommittedFile[]): Promise<string[]> {
  const changed: string[] = [];
  for (const { path, text } of files) if ((await readTextIfPresent(join(root, path))) !== text) changed.push(path);
  const known = new Set(files.map(({ path }) => path));
  const present = await listFiles(join(root, "dockerfiles")).catch(() => []);
  return [...changed, ...present.map((path) => `dockerfiles/${path}`).filter((path) => !known.has(path))].sort();
}

/** Writes each, then removes what is none of them: killed in between, nothing is missing. */
async function writeAll(root: string, files: readonly CommittedFile[]): Promise<void> {
  for (const { path, text } of files) await writeAtomic(join(root, path), text);
  for (const path of await outdated(root, files)) await rm(join(root, path));
}

async function everything(workspace: Workspace, check: boolean, more: readonly CommittedFile[]): Promise<string> {
  const root = resolve(workspace.packageRoot);
  const files = await generated(workspace, root, more);
  const stale = await outdated(root, files);
  if (stale.length === 0) return `${files.length} generated files are current`;
  if (check) {
    throw new LabError("failed", `${stale.length} generated files are out of date`, {
      where: root,
      details: stale,
      next: "majek-lab generate",
    });
  }
  await writeAll(root, files);
  const present = new Set(files.map(({ path }) => path));
  return stale.map((path) => `${present.has(path) ? "wrote" : "removed"} ${path}`).join("\n");
}

/** A folder that any builder turns into a runnable image without network. */
async function contextOf(
  workspace: Workspace,
  name: string,
  options: { context: string; python?: string },
): Promise<string> {
  const lab = await openLab(workspace, name);
  const folder = resolve(workspace.workingDirectory, options.context);
  await requireNewFolder(folder);
  const bench = await openBench(workspace);
  return withLabLock(bench, lab.spec.name, () => writeContext(bench, lab, folder, options));
}

async function writeContext(
  bench: Bench,
  lab: Lab,
  folder: string,
  options: { context: string; python?: string },
): Promise<string> {
  const { name } = lab.spec;
  const planned = await planWithInputs(bench, lab, {});
  const { variants, base, builder } = planned.plan;
  const variant =
    options.python === undefined ? variants.at(-1) : variants.findLast(({ python }) => python === options.python);
  if (variant === undefined) {
    const known = [...new Set(variants.map(({ python }) => python))];
    throw new LabError("usage", `no variant of ${name} uses ${options.python}`, {
      next: `--python ${known.join(" or --python ")}`,
    });
  }
  for (const rootfs of [base, builder]) await makeRootfs(bench, rootfs);
  const templates = await readTemplates(bench.workspace.packageRoot);
  const context = renderStandalone(templates, planned.plan, variant, await labTrees(bench, planned));
  await writeContextFolder(context, bench.store, folder);
  return `wrote ${folder} (variant ${variant.name})\nnext: docker build --network none -t ${planned.plan.lab} ${options.context}`;
}

/**
 * `generate`: the committed files, or with LAB and `--context` one lab's build context.
 * @param more - generated files that the caller has
 * @throws LabError "failed" when `--check` finds files out of date
 */
export async function generate(
  workspace: Workspace,
  name: string | undefined,
  options: GenerateOptions,
  more: readonly CommittedFile[] = [],
): Promise<string> {
  const { context, python, check } = options;
  if (name === undefined && context === undefined) return everything(workspace, check ?? false, more);
  if (name === undefined || context === undefined) {
    throw new LabError("usage", "LAB and --context belong together", {
      next: "majek-lab generate django-8workers --context ./context",
    });
  }
  if (check) {
    throw new LabError("usage", "--check is about the generated files of the project, not about a lab's context", {
      next: "majek-lab generate --check",
    });
  }
  return contextOf(workspace, name, { context, ...(python === undefined ? {} : { python }) });
}
