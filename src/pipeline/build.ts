import { alignColumns } from "../report/columns.js";
import { type DigestState, recordDigests, requireExpected } from "./expected.js";
import { type BuiltLab, buildImages } from "./images.js";
import { type InputOptions, openBench, openLab, planWithInputs, withLabLock } from "./inputs.js";
import { compareRebuild } from "./rebuild.js";
import type { Workspace } from "./workspace.js";

interface BuildOptions extends InputOptions {
  readonly format: "table" | "json";
  /** Build everything a second time and compare. */
  readonly verify?: boolean;
  /** Write the digests to lab.lock, for others to compare with. */
  readonly record?: boolean;
}

/** `build`: everything up to images on the engine, with the digests that identify them. */
export async function build(workspace: Workspace, name: string, options: BuildOptions): Promise<string> {
  const lab = await openLab(workspace, name);
  const bench = await openBench(workspace);
  const built = await withLabLock(bench, lab.spec.name, async () => {
    const first = await buildImages(bench, await planWithInputs(bench, lab, options));
    if (options.verify) await compareRebuild(bench, first);
    if (options.record) return { ...first, digests: await recordDigests(bench, first) };
    if (options.verify) requireExpected(first);
    return first;
  });
  return options.format === "json" ? asJson(built) : asTable(built);
}

function asJson({ plan, inputs, images, probe, digests }: BuiltLab): string {
  return JSON.stringify(
    {
      schemaVersion: 1,
      lab: plan.lab,
      lockHash: plan.lockHash,
      reResolved: inputs.reResolved,
      images: [...images.values(), probe].map((image) => ({ ...image, lock: digests.get(image.tag) })),
    },
    null,
    2,
  );
}

/** In the words of the table. */
const SAID: Readonly<Record<DigestState, string>> = {
  same: "as expected",
  different: "NOT as expected",
  "re-resolved": "re-resolved",
  outdated: "expects another recipe",
  unknown: "not recorded",
};

function asTable({ images, probe, digests }: BuiltLab): string {
  const columns = ["image", "configuration", "manifest", "lab.lock"].map((title) => ({
    title,
    align: "left" as const,
  }));
  const rows = [...images.values(), probe].map(({ tag, configDigest, manifestDigest }) => [
    tag,
    configDigest.slice(0, 19),
    manifestDigest.slice(0, 19),
    SAID[digests.get(tag) ?? "unknown"],
  ]);
  return alignColumns(columns, rows).join("\n");
}
