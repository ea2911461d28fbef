import { LabError } from "../model/errors.js";
import { readableJson } from "../model/json.js";
import { workersOf } from "../model/spec.js";
import { count, span } from "../report/numbers.js";
import { runJsonSchema } from "../results/schema.js";
import { listLabs } from "../spec/find.js";
import { loadHandout } from "../spec/handout.js";
import { labJsonSchema } from "../spec/schema.js";
import { openLab } from "./inputs.js";
import type { Workspace } from "./workspace.js";

/** Several broken labs as one error, in the order in which they were named. */
function together(errors: readonly LabError[], labs: number): LabError {
  const [only] = errors;
  if (errors.length === 1 && only !== undefined) return only;
  const code = errors.some((error) => error.code === "lab") ? "lab" : "usage";
  return new LabError(code, `${count(errors.length)} of ${count(labs)} labs are invalid`, {
    details: errors.flatMap(({ message, details }) => [`${message}:`, ...details.map((line) => `  ${line}`)]),
    next: "correct the files, then run the command again",
  });
}

/**
 * `validate`: checks lab files; those that are valid are printed, whatever the others are.
 * @throws LabError "lab" with every problem of every invalid file
 */
export async function validate(workspace: Workspace, names: readonly string[]): Promise<void> {
  const wanted = names.length > 0 ? names : (await listLabs(workspace)).map(({ directory }) => directory);
  const errors: LabError[] = [];
  for (const name of wanted) {
    try {
      const { spec, directory } = await openLab(workspace, name);
      const { steps } = await loadHandout({ ...spec, directory });
      const variants = count(spec.variants.length);
      const workers = span(spec.variants.map((variant) => workersOf(spec, variant)));
      const handout = steps.length === 0 ? "" : `, ${count(steps.length)} steps`;
      workspace.print(`${spec.name}: ok, ${variants} variants, ${workers} workers${handout}`);
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw together(errors, wanted.length);
}

/** `schema`: the JSON schema of lab.yaml or of run.json. */
export function schema(kind: string): string {
  if (kind === "lab") return readableJson(labJsonSchema());
  if (kind === "run") return readableJson(runJsonSchema());
  throw new LabError("usage", `there is no schema of "${kind}"`, {
    next: "majek-lab schema lab, or majek-lab schema run",
  });
}
