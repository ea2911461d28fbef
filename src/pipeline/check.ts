import { resolve } from "node:path";
import { forLab, LabError } from "../model/errors.js";
import { evaluateExpectations } from "../results/expectations.js";
import { locateRun } from "../results/locate.js";
import { readRun } from "../results/read.js";
import type { Workspace } from "./workspace.js";

/**
 * `check`: evaluates a stored run's expectations and prints each with its numbers.
 * @throws LabError "expectation" (exit 7) when one is not met; undecided ones are no failure
 */
export async function check(
  workspace: Workspace,
  name: string,
  options: { results: string; format: "table" | "json" },
): Promise<void> {
  const location = await locateRun(name, resolve(workspace.workingDirectory, options.results));
  const run = await readRun(location.directory).catch((error: unknown) => {
    throw forLab(error, location.lab);
  });
  const expectations = evaluateExpectations(run);
  if (options.format === "json") {
    workspace.print(JSON.stringify({ schemaVersion: 1, run: run.id, lab: run.lab, expectations }, null, 2));
  } else {
    const lines = expectations.map(
      ({ status, expression, explanation }) => `${status.padEnd(9)}  ${expression}  ${explanation}`,
    );
    workspace.print(lines.length === 0 ? "this lab expects nothing" : lines.join("\n"));
  }
  const unmet = expectations.filter(({ status }) => status === "not met");
  if (unmet.length === 0) return;
  throw new LabError("expectation", `${unmet.length} of ${expectations.length} expectations not met`, {
    where: location.directory,
    details: unmet.map(({ expression, explanation }) => `${expression}: ${explanation}`),
    next: `majek-lab run ${run.lab} measures again`,
  });
}
