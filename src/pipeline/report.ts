import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { LabError } from "../model/errors.js";
import type { RunResult } from "../model/run.js";
import { renderReport } from "../report/exporters.js";
import type { HtmlReport } from "../report/html/page.js";
import { readBlame } from "../results/blame-file.js";
import { cautionsOf } from "../results/cautions.js";
import { collectionMarks } from "../results/collection-marks.js";
import { readEvents } from "../results/events-file.js";
import { locateRun, type RunLocation } from "../results/locate.js";
import { readRun } from "../results/read.js";
import { readSeries } from "../results/series.js";
import { compareRepeats } from "../results/statistics.js";
import { writeAtomic } from "../system/files.js";
import type { Bench } from "./inputs.js";
import { reportOf } from "./record.js";
import type { Workspace } from "./workspace.js";

export interface ReportOptions {
  readonly results: string;
  readonly format: "html" | "markdown" | "json" | "csv";
  readonly output?: string;
  readonly open?: boolean;
}

async function gather({ directory, ...where }: RunLocation): Promise<HtmlReport> {
  const run = await readRun(directory);
  const runs = await readSeries({ directory, ...where });
  return {
    ...reportOf(run),
    runs,
    repeats: runs.length > 1 ? compareRepeats(runs, run.spec.baseline) : [],
    cautions: cautionsOf(run, runs),
    blame: await readBlame(directory, Object.keys(run.variants)),
    collections: collectionMarks(run, await readEvents(directory)),
  };
}

async function htmlOf(workspace: Workspace, location: RunLocation): Promise<string> {
  const { html } = await import("../report/html/page.js");
  const template = await readFile(join(workspace.packageRoot, "templates", "report.hbs"), "utf8");
  return html(await gather(location), template);
}

/** Writes report.html into the folder of a run. @returns its path */
async function writeReport(workspace: Workspace, run: RunResult, directory: string): Promise<string> {
  const file = join(directory, "report.html");
  await writeAtomic(file, await htmlOf(workspace, { lab: run.lab, id: run.id, directory }));
  return file;
}

/** Leaves a report beside a run that was just measured, and says where. A run is not worth less because that failed. */
export async function reportBeside({ workspace, progress }: Bench, run: RunResult, directory: string): Promise<void> {
  try {
    progress.note(`report: ${await writeReport(workspace, run, directory)}`);
  } catch (error) {
    progress.warn(`no report was written: ${(error as Error).message}; majek-lab report ${run.id} tries again`);
  }
}

/** Hands a file or an address to the desktop; who has none is told where it is. */
export function showInBrowser(file: string): void {
  const child = spawn(process.platform === "darwin" ? "open" : "xdg-open", [file], { detached: true, stdio: "ignore" });
  // No desktop: the path was printed.
  child.on("error", () => undefined);
  child.unref();
}

/**
 * `report`: a stored run as one HTML page, or as Markdown, JSON, CSV. HTML goes to a file, beside the run unless `-o`
 * says otherwise, and its path to stdout; the others go to stdout. `-o -` is stdout for all.
 */
export async function report(workspace: Workspace, name: string, options: ReportOptions): Promise<void> {
  const { format, output } = options;
  if (options.open && (format !== "html" || output === "-")) {
    throw new LabError("usage", "--open shows an HTML file", { next: "majek-lab report RUN --open" });
  }
  const location = await locateRun(name, resolve(workspace.workingDirectory, options.results));
  const text =
    format === "html"
      ? await htmlOf(workspace, location)
      : renderReport(reportOf(await readRun(location.directory)), format);
  const target = output ?? (format === "html" ? join(location.directory, "report.html") : "-");
  if (target === "-") {
    workspace.print(text);
    return;
  }
  const file = resolve(workspace.workingDirectory, target);
  await writeAtomic(file, text).catch((error: unknown) => {
    throw new LabError("failed", `the report cannot be written: ${(error as Error).message}`, {
      where: file,
      next: "majek-lab report RUN -o FILE",
      cause: error,
    });
  });
  workspace.print(file);
  if (options.open) showInBrowser(file);
}
