import type { RunResult } from "../model/run.js";
import { renderSavings } from "../report/savings.js";
import { savings } from "../results/savings.js";
import type { MeasureOptions } from "./options.js";
import type { Workspace } from "./workspace.js";

/** `--budget`: what the variants would save, below the table; machines read the numbers it is made from. */
export function printSavings(
  workspace: Pick<Workspace, "print">,
  run: RunResult,
  { budget, format }: Pick<MeasureOptions, "budget" | "format">,
): void {
  if (budget !== undefined && format === "table") workspace.print(`\n${renderSavings(savings(run, budget))}`);
}
