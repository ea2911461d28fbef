import { resolve } from "node:path";
import type { BlameResult } from "../model/blame.js";
import { LabError } from "../model/errors.js";
import { type BlameView, blameCsv, blameTable } from "../report/blame.js";
import { blamedVariants, readBlame } from "../results/blame.js";
import { locateRun, type RunLocation } from "../results/locate.js";
import type { Workspace } from "./workspace.js";

export interface BlameOptions extends BlameView {
  readonly variant?: readonly string[];
  readonly results: string;
  readonly format: "table" | "json" | "csv";
}

/** A run as everywhere, or a lab: its latest run. */
async function locate(name: string, resultsDir: string): Promise<RunLocation> {
  try {
    return await locateRun(name, resultsDir);
  } catch (error) {
    const lab = name.replace(/\/+$/, "").split("/").at(-1) ?? name;
    return await locateRun(`latest:${lab}`, resultsDir).catch(() => {
      throw error;
    });
  }
}

/**
 * `blame`: what made workers lose preloaded pages, from a stored run.
 * @throws LabError "usage" where the run, a variant or what the view names is not there
 */
export async function blame(workspace: Workspace, name: string, options: BlameOptions): Promise<void> {
  const { directory } = await locate(name, resolve(workspace.workingDirectory, options.results));
  const variants = options.variant ?? (await blamedVariants(directory));
  if (variants.length === 0) {
    throw new LabError("usage", "no causes are stored with this run", {
      where: directory,
      next: "majek-lab run LAB (without --no-blame; Python 3 only, and preloaded variants)",
    });
  }
  const results = await Promise.all(variants.map((variant) => readBlame(directory, variant)));
  workspace.print(render(results, options));
}

function render(results: readonly BlameResult[], options: BlameOptions): string {
  if (options.format === "json") return JSON.stringify(results.length === 1 ? results[0] : results);
  if (options.format === "csv")
    return results.map((one, index) => withHeader(blameCsv(one, options), index === 0)).join("\n");
  return results.map((one) => blameTable(one, options)).join("\n\n");
}

const withHeader = (csv: string, first: boolean): string => (first ? csv : csv.slice(csv.indexOf("\n") + 1));
