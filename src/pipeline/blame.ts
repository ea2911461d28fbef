import { resolve } from "node:path";
import { unpackCapture } from "../measure/blame/packed.js";
import { viewPage } from "../measure/blame/page-view.js";
import type { BlameResult } from "../model/blame.js";
import type { PageView } from "../model/blame-page.js";
import { LabError } from "../model/errors.js";
import { type BlameView, blameCsv, blameTable, chosenBy, findPage, requireBlamed } from "../report/blame.js";
import { blameJson } from "../report/blame-json.js";
import { pageText } from "../report/blame-page.js";
import { blamedVariants, hasCapture, readBlame, readCapture } from "../results/blame.js";
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
      next: "majek-lab run LAB (without --no-blame; preloaded variants only)",
    });
  }
  const results = await Promise.all(variants.map((variant) => readBlame(directory, variant)));
  if (options.whatIf !== undefined) requireBlamed(results, options.whatIf);
  if (options.page !== undefined && options.format !== "csv") {
    workspace.print(await renderPages(directory, results, options.page, options));
    return;
  }
  workspace.print(render(results, options));
}

/** The page in every variant that lost it; addresses mean other things in each. */
async function renderPages(
  directory: string,
  results: readonly BlameResult[],
  page: string,
  options: BlameOptions,
): Promise<string> {
  const owners = results.filter((one) => lost(one, page));
  const first = results[0] as BlameResult;
  // Says what is wrong with the address.
  if (owners.length === 0) findPage(first, page);
  const kept = await Promise.all(owners.map(({ variant }) => hasCapture(directory, variant)));
  if (options.format === "table" && kept.includes(false)) {
    const hint = "its words before and after: majek-lab run LAB --keep-pages";
    return [...owners.map((one) => `${one.variant}\n${blameTable(one, options)}`), hint].join("\n\n");
  }
  const views = await Promise.all(owners.map((one) => pageOf(directory, one, page, options)));
  if (options.format === "json") return JSON.stringify(views.length === 1 ? views[0] : views);
  return views.map((view) => `${view.variant}\n${pageText(view)}`).join("\n\n");
}

function lost(result: BlameResult, page: string): boolean {
  try {
    return findPage(result, page) !== undefined;
  } catch {
    return false;
  }
}

async function pageOf(
  directory: string,
  result: BlameResult,
  page: string,
  { worker }: BlameOptions,
): Promise<PageView & { readonly variant: string }> {
  const { variant } = result;
  const { address } = findPage(result, page);
  const packed = await readCapture(directory, variant);
  const view = viewPage(unpacked(packed, variant), Number(address));
  if (view === undefined) {
    throw new LabError("failed", `the stored pages of ${variant} lack ${address}`, {
      next: "majek-lab run LAB measures again",
    });
  }
  const chosen = chosenBy(result, worker);
  const pids = new Set(result.processes.filter((_, index) => chosen(index)).map(({ pid }) => pid));
  const processes = worker === undefined ? view.processes : view.processes.filter(({ pid }) => pids.has(pid));
  return { variant, ...view, processes };
}

function unpacked(packed: Buffer, variant: string): ReturnType<typeof unpackCapture> {
  try {
    return unpackCapture(packed);
  } catch (error) {
    throw new LabError("failed", `the stored pages of ${variant} are damaged: ${(error as Error).message}`, {
      next: "majek-lab run LAB measures again",
      cause: error,
    });
  }
}

function render(results: readonly BlameResult[], options: BlameOptions): string {
  if (options.format === "json") {
    const shown = results.map((one) => blameJson(one, options));
    return JSON.stringify(shown.length === 1 ? shown[0] : shown);
  }
  if (options.format === "csv") return csv(results, options);
  const texts = results.map((one) => blameTable(one, options));
  if (options.whatIf === undefined || texts.length === 1) return texts.join("\n\n");
  // A line each, which has to say what it is about.
  return texts.map((text, index) => `${results[index]?.variant}: ${text}`).join("\n");
}

/** One header; a page is in those variants that lost it. */
function csv(results: readonly BlameResult[], options: BlameOptions): string {
  const { page } = options;
  const owners = page === undefined ? results : results.filter((one) => lost(one, page));
  const [header, ...rows] = (owners.length === 0 ? results.slice(0, 1) : owners).flatMap((one, index) =>
    blameCsv(one, options)
      .split("\n")
      .slice(index === 0 ? 0 : 1),
  );
  return [header, ...rows].join("\n");
}
