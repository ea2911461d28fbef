import { resolve } from "node:path";
import { LabError } from "../model/errors.js";
import type { RunResult } from "../model/run.js";
import { colours } from "../report/colours.js";
import { renderComparison } from "../report/comparison.js";
import type { ReportFormat } from "../report/formats.js";
import { allDifferences, compareRuns } from "../results/compare-runs.js";
import { locateRun } from "../results/locate.js";
import { readRun } from "../results/read.js";
import { readSeries } from "../results/series.js";
import type { Workspace } from "./workspace.js";

export interface CompareOptions {
  readonly results: string;
  readonly format: ReportFormat;
  readonly force?: boolean;
}

/** Each named run with its repeats; where two of the named ones are repeats of each other, each stands for itself. */
async function groupsOf(names: readonly string[], results: string): Promise<readonly (readonly RunResult[])[]> {
  const located = await Promise.all(names.map((name) => locateRun(name, results)));
  const runs = await Promise.all(located.map(({ directory }) => readRun(directory)));
  if (new Set(runs.map(({ id }) => id)).size < runs.length) {
    throw new LabError("usage", "the same run is named twice", {
      details: runs.map(({ id }) => id),
      next: "majek-lab compare RUN OTHER",
    });
  }
  const series = runs.map(({ id, series: first }) => first ?? id);
  if (new Set(series).size < series.length) return runs.map((run) => [run]);
  const groups = await Promise.all(located.map((location) => readSeries(location)));
  return groups.map((group, index) => [...group].sort((a) => (a.id === runs[index]?.id ? -1 : 0)));
}

/**
 * `compare`: stored runs beside the first of them; each stands for all repeats of its `run --repeats`.
 * @throws LabError "usage" when they are not comparable, which `--force` overrules, or fewer than two
 */
export async function compare(workspace: Workspace, names: readonly string[], options: CompareOptions): Promise<void> {
  if (names.length < 2) {
    throw new LabError("usage", "a comparison needs two runs", { next: "majek-lab compare RUN OTHER" });
  }
  const groups = await groupsOf(names, resolve(workspace.workingDirectory, options.results));
  const different = allDifferences(groups);
  if (different.length > 0 && !options.force) {
    throw new LabError("usage", "these runs are not comparable", {
      details: different,
      next: `majek-lab compare --force ${names.join(" ")} compares them all the same`,
    });
  }
  const paint = colours(workspace.terminal.coloured ?? false);
  workspace.print(renderComparison(compareRuns(groups), options.format, paint));
}
