import Handlebars from "handlebars";
import type { BlameSummary } from "../../model/blame-summary.js";
import type { RepeatedComparison } from "../../model/estimate.js";
import type { Checkpoint, RunResult } from "../../model/run.js";
import { csv } from "../csv.js";
import { count, duration, MISSING, megabytes, percent, ratio } from "../numbers.js";
import { allWarnings, costTitle, extent, isCounted, summaryRows } from "../rows.js";
import { fleetCost, lastCheckpoint, measuredVariants, type RunReport } from "../run-report.js";
import { shellCommand } from "../shell-command.js";
import { headline, verdictSentence } from "../verdict.js";
import { renderBlame } from "./blame.js";
import { type Figure, figure } from "./figure.js";
import { heatFigure } from "./heat.js";
import { type ForestRow, fleetPlot, forestPlot, MOST_WORKERS, type Moment, sharedPlot, workersPlot } from "./plots.js";
import { rawFiles } from "./raw.js";
import { scalingFigure } from "./scaling.js";

/** What the page shows beside what every exporter gets. */
export interface HtmlReport extends RunReport {
  /** Each variant beside the baseline over all passes; empty for one run. */
  readonly repeats: readonly RepeatedComparison[];
  /** All passes of its `run --repeats`, the run among them. */
  readonly runs: readonly RunResult[];
  /** What makes the numbers doubtful, with remedies. */
  readonly cautions: readonly string[];
  readonly blame: readonly BlameSummary[];
  /** When full collections were made. */
  readonly collections: readonly Moment[];
}

/** The interval behind the verdict, or that there is none. */
function certainty({ repeats, runs, comparisons }: HtmlReport): string {
  const lead = headline(comparisons);
  const estimate = repeats.find(({ variant }) => variant === lead?.variant)?.fleetBytes;
  if (!estimate && runs.length > 1)
    return "There is no interval: fewer than two of the runs counted the page frames of both variants to the end.";
  if (!estimate) return "One run: page counts hardly vary, times do. There is no interval without repeats.";
  const [low, high] = [estimate.low.toFixed(3), estimate.high.toFixed(3)];
  return `Over ${count(estimate.pairs)} interleaved runs the ratio is ${estimate.ratio.toFixed(3)}, 95 % interval ${low} to ${high}.`;
}

function tableRows(report: HtmlReport) {
  const results = new Map(measuredVariants(report.run).map((result) => [result.variant.name, result]));
  return summaryRows(report).map((row) => {
    const result = results.get(row.variant);
    const at = result && lastCheckpoint(result);
    return {
      ...row,
      ideal: megabytes(at?.idealBytes ?? null),
      boot: result === undefined ? MISSING : duration(result.bootSeconds),
      python: result?.variant.python ?? MISSING,
    };
  });
}

/** What the plots of costs show. */
function costWords(run: RunResult): string {
  return isCounted(run) ? "Fleet bytes" : "Kernel PSS";
}

function costNote(run: RunResult): string {
  return isCounted(run)
    ? "Fleet MB: distinct page frames of all its processes. Ideal MB: the same, had no preloaded page been copied."
    : "Kernel PSS MB: of all its processes, each page divided by those that map it; this engine hid page frames, so that what is shared could not be counted.";
}

/** What marks on the line of fleet bytes mean. */
function collectionWords({ collections }: HtmlReport): string {
  if (collections.length === 0) return "";
  return " Triangles: half of the workers have made one more full collection.";
}

/** Intervals where there are repeats, else points. */
function forestRows({ comparisons, repeats }: HtmlReport): readonly ForestRow[] {
  return comparisons.map(({ variant, ratio: point }) => {
    const estimate = repeats.find((one) => one.variant === variant)?.fleetBytes;
    const { ratio: middle, low, high } = estimate ?? { ratio: point, low: point, high: point };
    return { variant, ratio: middle, low, high };
  });
}

async function forestFigure(report: HtmlReport): Promise<readonly Figure[]> {
  const rows = forestRows(report);
  if (rows.length === 0) return [];
  const { baseline } = report.run.spec;
  const interval = report.repeats.some(({ fleetBytes }) => fleetBytes !== null) ? " with 95 % intervals" : "";
  const words = rows.map((row) => `${row.variant} ${ratio(row.ratio)}`);
  return [
    await figure(forestPlot(rows, `${costWords(report.run)}, as a multiple of ${baseline}`), {
      caption: `What each variant costs as a multiple of ${baseline}${interval}; left of the dashed line is cheaper.`,
      alternative: `${costWords(report.run)} as a multiple of ${baseline}${interval}: ${words.join(", ")}.`,
    }),
  ];
}

async function figures(report: HtmlReport): Promise<readonly Figure[]> {
  const { run, runs } = report;
  const last = measuredVariants(run).flatMap((result) => {
    const at = lastCheckpoint(result);
    return at === undefined ? [] : [{ name: result.variant.name, at }];
  });
  if (last.length === 0) return [];
  const costs = last.map(({ name, at }) => `${name} ${megabytes(fleetCost(at))} MB`);
  const shares = last.flatMap(({ name, at }) =>
    at.sharedFraction === null ? [] : [`${name} ${percent(at.sharedFraction.mean)}`],
  );
  const band = runs.length > 1 ? ` The band is from the least to the most of ${count(runs.length)} runs.` : "";
  return [
    ...(await forestFigure(report)),
    await figure(fleetPlot(run, runs, report.collections), {
      caption: `${costWords(run)} over requests per worker${isCounted(run) ? ": distinct page frames of the master and all workers" : ""}.${band}${collectionWords(report)}`,
      alternative: `${costWords(run)} over requests per worker. At the end: ${costs.join(", ")}.`,
    }),
    ...(shares.length === 0 ? [] : [await sharedFigure(run, shares)]),
    ...(await scalingFigure(run)),
    ...(await workersFigure(run, last)),
    ...(await Promise.all(measuredVariants(run).map(heatFigure))).flat(),
  ];
}

function sharedFigure(run: RunResult, shares: readonly string[]): Promise<Figure> {
  return figure(sharedPlot(run), {
    caption: "Preloaded pages that a worker still shares; the band is from the worst worker to the best.",
    alternative: `Lines of the shared fraction over requests per worker. At the end: ${shares.join(", ")}.`,
  });
}

interface LastPoint {
  readonly name: string;
  readonly at: Checkpoint;
}

/** None where the engine tells of no worker what it shares: missing numbers are no zeros. */
async function workersFigure(run: RunResult, last: readonly LastPoint[]): Promise<readonly Figure[]> {
  if (!last.some(({ at }) => at.workers.some(({ shared, newBytes }) => shared !== null || newBytes !== null)))
    return [];
  return [
    await figure(workersPlot(run), {
      caption: `${run.spec.fleet.workers > MOST_WORKERS ? `The first ${MOST_WORKERS} workers'` : "Each worker's"} memory at the last checkpoint. Shared: preloaded pages in common with another process, of which the machine holds one copy. Copied: preloaded pages of its own. New: what it allocated since.`,
      alternative: `Stacked bars of shared, copied and new memory of each worker, for ${last.map(({ name }) => name).join(", ")}.`,
    }),
  ];
}

function origin({ id, startedAt, mode, provenance, status }: RunResult) {
  const { host, engine, inputs, labHash, lockHash, tool } = provenance;
  const memory = `${megabytes(host.memoryBytes)} MB`;
  return [
    ["Run", `${id}, ${mode}, started ${startedAt}${status === "partial" ? ", partial" : ""}`],
    ["Tool", `${tool.name} ${tool.version}`],
    ["Machine", `${host.cpu}, ${count(host.cpus)} CPUs, ${memory}, ${host.architecture}`],
    [
      "Kernel",
      `${host.kernel}; huge pages ${host.thp}, KSM ${host.ksm}, swap ${host.swapBytes === 0 ? "none" : `${megabytes(host.swapBytes)} MB`}`,
    ],
    ["Engine", `${engine.name} ${engine.version}, API ${engine.apiVersion}, ${engine.storage}`],
    ["Inputs", `${inputs}; lab ${labHash}, lock ${lockHash}`],
  ].map(([name, value]) => ({ name, value }));
}

function patches({ provenance }: RunResult) {
  return Object.entries(provenance.patches).flatMap(([interpreter, named]) =>
    Object.entries(named).map(([name, sha256]) => ({ interpreter, name, sha256 })),
  );
}

/**
 * A run as one page that needs nothing: no network, no script, no other file.
 * @param template - text of templates/report.hbs
 */
export async function html(report: HtmlReport, template: string): Promise<string> {
  const { run, comparisons } = report;
  const lead = headline(comparisons);
  const page = Handlebars.create().compile(template, { strict: true });
  return page({
    title: run.spec.title,
    lab: run.lab,
    extent: extent(run),
    baseline: run.spec.baseline,
    cost: costTitle(run),
    costNote: costNote(run),
    verdict: lead === undefined ? "Nothing was measured that could be compared." : verdictSentence(lead),
    certainty: certainty(report),
    rows: tableRows(report),
    figures: await figures(report),
    blame: await renderBlame(report.blame),
    expectations: run.expectations,
    warnings: [...allWarnings(run), ...report.cautions],
    origin: origin(run),
    images: measuredVariants(run).map(({ variant, image }) => ({ variant: variant.name, digest: image.configDigest })),
    patches: patches(run),
    command: shellCommand(run.provenance.command),
    raw: rawFiles(run, csv(report)),
  });
}
