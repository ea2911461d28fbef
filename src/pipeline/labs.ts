import { LabError } from "../model/errors.js";
import { readableJson } from "../model/json.js";
import { alignColumns } from "../report/columns.js";
import { count } from "../report/numbers.js";
import { runJsonSchema } from "../results/schema.js";
import { listLabs } from "../spec/find.js";
import { loadLab } from "../spec/load.js";
import { labJsonSchema } from "../spec/schema.js";
import { openLab } from "./inputs.js";
import type { Workspace } from "./workspace.js";

/** `list`: name, title and variants of every lab. A lab with a broken file is listed with that remark. */
export async function list(workspace: Workspace, format: "table" | "json"): Promise<string> {
  const labs = await Promise.all(
    (await listLabs(workspace)).map(async ({ name, directory, from }) => {
      const lab = await loadLab(directory).catch(() => undefined);
      const variants = lab?.spec.variants.map((variant) => variant.name) ?? [];
      return { name, from, directory, title: lab?.spec.title ?? "(majek-lab validate names its problems)", variants };
    }),
  );
  if (format === "json") return JSON.stringify({ schemaVersion: 1, labs }, null, 2);
  const columns = ["lab", "title", "variants"].map((title) => ({ title, align: "left" as const }));
  return alignColumns(
    columns,
    labs.map((lab) => [lab.name, lab.title, lab.variants.join(" ")]),
  ).join("\n");
}

/**
 * `validate`: checks lab files.
 * @throws LabError "lab" with every problem of the first invalid file
 */
export async function validate(workspace: Workspace, names: readonly string[]): Promise<string> {
  const wanted = names.length > 0 ? names : (await listLabs(workspace)).map(({ directory }) => directory);
  const lines: string[] = [];
  for (const name of wanted) {
    const { spec } = await openLab(workspace, name);
    lines.push(`${spec.name}: ok, ${count(spec.variants.length)} variants, ${count(spec.fleet.workers)} workers`);
  }
  return lines.join("\n");
}

/** `schema`: the JSON schema of lab.yaml or of run.json. */
export function schema(kind: string): string {
  if (kind === "lab") return readableJson(labJsonSchema());
  if (kind === "run") return readableJson(runJsonSchema());
  throw new LabError("usage", `there is no schema of "${kind}"`, {
    next: "majek-lab schema lab, or majek-lab schema run",
  });
}
