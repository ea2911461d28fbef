import { alignColumns } from "../report/columns.js";
import { type BuiltLab, buildImages } from "./images.js";
import { type InputOptions, openBench, openLab, planWithInputs, withLabLock } from "./inputs.js";
import { compareRebuild } from "./rebuild.js";
import type { Workspace } from "./workspace.js";

interface BuildOptions extends InputOptions {
  readonly format: "table" | "json";
  /** Build everything a second time and compare. */
  readonly verify?: boolean;
}

/** `build`: everything up to images on the engine, with the digests that identify them. */
export async function build(workspace: Workspace, name: string, options: BuildOptions): Promise<string> {
  const lab = await openLab(workspace, name);
  const bench = await openBench(workspace);
  const built = await withLabLock(bench, lab.spec.name, async () => {
    const first = await buildImages(bench, await planWithInputs(bench, lab, options));
    if (options.verify) await compareRebuild(bench, first);
    return first;
  });
  return options.format === "json" ? asJson(built) : asTable(built);
}

function asJson({ plan, inputs, images, probe }: BuiltLab): string {
  return JSON.stringify(
    {
      schemaVersion: 1,
      lab: plan.lab,
      lockHash: plan.lockHash,
      reResolved: inputs.reResolved,
      images: [...images.values(), probe],
    },
    null,
    2,
  );
}

function asTable({ images, probe }: BuiltLab): string {
  const columns = ["image", "configuration", "manifest"].map((title) => ({ title, align: "left" as const }));
  const rows = [...images.values(), probe].map(({ tag, configDigest, manifestDigest }) => [
    tag,
    configDigest.slice(0, 19),
    manifestDigest.slice(0, 19),
  ]);
  return alignColumns(columns, rows).join("\n");
}
