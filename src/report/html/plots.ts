import type { TopLevelSpec } from "vega-lite";
import type { Checkpoint, RunResult, VariantResult } from "../../model/run.js";
import { costTitle } from "../rows.js";
import { fleetCost, lastCheckpoint, measuredVariants } from "../run-report.js";

/** Page size where a run does not say: that of every machine before runs said. */
export const USUAL_PAGE = 4096;

/** Colours are variables of the page's style sheet, so that one drawing serves light, dark and paper. */
export const VARIANT_COLOURS = Array.from({ length: 8 }, (_, index) => `var(--series-${index + 1})`);

export const LEGEND = { title: null, orient: "top", symbolOpacity: 1, labelLimit: 300 } as const;
const REQUESTS = {
  field: "requests",
  type: "quantitative",
  title: "requests per worker",
  axis: { grid: false },
} as const;

type Row = Readonly<Record<string, number | string>>;

function colourBy(run: RunResult) {
  const names = measuredVariants(run).map(({ variant }) => variant.name);
  const range = names.map((_, index) => VARIANT_COLOURS[index % VARIANT_COLOURS.length] ?? "currentColor");
  return { field: "variant", type: "nominal", legend: LEGEND, scale: { domain: names, range } } as const;
}

/** Workers that a chart has room for; they are much alike, and a page of hundreds would be too large. */
export const MOST_WORKERS = 32;

const STATES = ["shared", "copied", "new"] as const;

/** Each worker's memory at the last checkpoint, in a small chart for each variant. */
export function workersPlot(run: RunResult): TopLevelSpec {
  const rows = measuredVariants(run).flatMap((result) => {
    const at = lastCheckpoint(result);
    return (at?.workers ?? []).slice(0, MOST_WORKERS).flatMap((worker, index) => {
      const page = at?.pageSize ?? USUAL_PAGE;
      const bytes = [(worker.shared ?? 0) * page, (worker.lost ?? 0) * page, worker.newBytes ?? 0];
      return STATES.map((state, order) => ({
        variant: result.variant.name,
        worker: index + 1,
        state,
        order,
        megabytes: (bytes[order] ?? 0) / 1e6,
      }));
    });
  });
  const range = ["var(--shared)", "var(--copied)", "var(--new)"];
  return {
    data: { values: rows },
    facet: {
      field: "variant",
      type: "nominal",
      title: null,
      sort: measuredVariants(run).map((one) => one.variant.name),
    },
    columns: 3,
    // Shared axes would be drawn for the empty places of the last row, too.
    resolve: { axis: { x: "independent" } },
    spec: {
      width: 250,
      height: 110,
      mark: { type: "bar" },
      encoding: {
        x: { field: "worker", type: "ordinal", title: "worker", axis: { labelAngle: 0, labelOverlap: true } },
        y: { field: "megabytes", type: "quantitative", title: "MB" },
        color: { field: "state", type: "nominal", legend: LEGEND, scale: { domain: [...STATES], range } },
        order: { field: "order", type: "quantitative" },
      },
    },
  };
}

type Band = readonly [low: number, middle: number, high: number];

function linesPlot(
  run: RunResult,
  title: string,
  rows: readonly Row[],
  format: string,
  marks: readonly Row[] = [],
): TopLevelSpec {
  const color = colourBy(run);
  const y = { type: "quantitative", title, axis: { format } } as const;
  return {
    width: 860,
    height: 280,
    data: { values: [...rows] },
    layer: [
      {
        mark: { type: "area", opacity: 0.2 },
        encoding: { x: REQUESTS, y: { ...y, field: "low" }, y2: { field: "high" }, color },
      },
      { mark: { type: "line", point: true }, encoding: { x: REQUESTS, y: { ...y, field: "middle" }, color } },
      {
        data: { values: [...marks] },
        mark: { type: "point", shape: "triangle-down", size: 110, strokeWidth: 2, filled: false, opacity: 1 },
        encoding: { x: REQUESTS, y: { ...y, field: "middle" }, color },
      },
    ],
  };
}

function rowsOf(result: VariantResult, band: (checkpoint: Checkpoint) => Band | null): readonly Row[] {
  return result.checkpoints.flatMap((checkpoint) => {
    const values = band(checkpoint);
    if (values === null) return [];
    const [low, middle, high] = values;
    return [{ variant: result.variant.name, requests: checkpoint.requestsPerWorker, low, middle, high }];
  });
}

/** A moment on the line of a variant's fleet bytes. */
export interface Moment {
  readonly variant: string;
  readonly requestsPerWorker: number;
  readonly fleetBytes: number;
}

/**
 * Fleet bytes over requests per worker; the band is from the least to the most of the repeats.
 * @param collections - when full collections were made
 */
export function fleetPlot(run: RunResult, repeats: readonly RunResult[], collections: readonly Moment[]): TopLevelSpec {
  const rows = measuredVariants(run).flatMap((result) =>
    rowsOf(result, (checkpoint) => {
      const mine = fleetCost(checkpoint);
      if (mine === null) return null;
      const all = repeats.flatMap(({ variants }) => {
        const other = variants[result.variant.name]?.checkpoints.find(
          ({ requestsPerWorker }) => requestsPerWorker === checkpoint.requestsPerWorker,
        );
        return (other && fleetCost(other)) ?? [];
      });
      return [Math.min(mine, ...all) / 1e6, mine / 1e6, Math.max(mine, ...all) / 1e6];
    }),
  );
  const marks = collections.map(({ variant, requestsPerWorker, fleetBytes }) => ({
    variant,
    requests: requestsPerWorker,
    middle: fleetBytes / 1e6,
  }));
  return linesPlot(run, costTitle(run), rows, ",.0f", marks);
}

/** Shared fraction over requests per worker; the band is from the worst worker to the best. */
export function sharedPlot(run: RunResult): TopLevelSpec {
  const rows = measuredVariants(run).flatMap((result) =>
    rowsOf(result, ({ sharedFraction: shared }) => (shared === null ? null : [shared.min, shared.mean, shared.max])),
  );
  return linesPlot(run, "still shared", rows, ".0%");
}

/** A variant's cost as a multiple of the baseline's; without repeats there is no interval to draw. */
export interface ForestRow {
  readonly variant: string;
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** Ratios with their intervals, beside the line of the baseline. @param title - of the axis */
export function forestPlot(rows: readonly ForestRow[], title: string): TopLevelSpec {
  const y = { field: "variant", type: "nominal", title: null, sort: null } as const;
  const x = { type: "quantitative", title, scale: { zero: true } } as const;
  const colour = "var(--ink)";
  return {
    width: 760,
    height: { step: 30 },
    data: { values: [...rows] },
    layer: [
      { mark: { type: "rule", color: "var(--muted)", strokeDash: [4, 4] }, encoding: { x: { datum: 1 } } },
      {
        mark: { type: "rule", color: colour, strokeWidth: 2 },
        encoding: { y, x: { ...x, field: "low" }, x2: { field: "high" } },
      },
      {
        mark: { type: "point", filled: true, size: 70, color: colour, opacity: 1 },
        encoding: { y, x: { ...x, field: "ratio" } },
      },
      {
        mark: { type: "text", align: "left", dx: 9, color: colour, dy: -9 },
        encoding: { y, x: { ...x, field: "ratio" }, text: { field: "ratio", type: "quantitative", format: ".2f" } },
      },
    ],
  };
}

/** Bars of lost pages, most first: those with this cause alone are dark. */
export function barsPlot(shares: readonly { name: string; pages: number; only: number }[]): TopLevelSpec {
  const rows = shares.flatMap(({ name, pages, only }) => [
    { name, kind: "nothing else wrote", order: 0, pages: only },
    { name, kind: "with others", order: 1, pages: pages - only },
  ]);
  const range = ["var(--copied)", "var(--new)"];
  return {
    width: 460,
    height: { step: 22 },
    data: { values: rows },
    mark: "bar",
    encoding: {
      y: { field: "name", type: "nominal", title: null, sort: null, axis: { labelLimit: 220 } },
      x: { field: "pages", type: "quantitative", title: "lost pages, over all workers" },
      color: { field: "kind", type: "nominal", legend: LEGEND, sort: null, scale: { range } },
      order: { field: "order", type: "quantitative" },
    },
  };
}

/** Part of a worker's preloaded pages. */
export interface HeatCell {
  readonly worker: number;
  readonly state: "shared" | "copied" | "replaced or absent";
  /** Where it begins and ends: 0 is before the first preloaded page, 1 behind the last. */
  readonly from: number;
  readonly to: number;
  /** Of the pages there, how many are in this state. */
  readonly share: number;
}

/**
 * Where preloaded pages went: a row for each worker, addresses from left to right.
 * @param cells - later ones lie upon earlier ones
 * @param megabytes - of all preloaded pages
 */
export function heatPlot(cells: readonly HeatCell[], megabytes: number): TopLevelSpec {
  const workers = new Set(cells.map(({ worker }) => worker)).size;
  const domain: readonly HeatCell["state"][] = ["shared", "copied", "replaced or absent"];
  const range = ["var(--shared)", "var(--copied)", "var(--line)"];
  const values = cells.map((cell) => ({ ...cell, from: cell.from * megabytes, to: cell.to * megabytes }));
  return {
    width: 860,
    height: Math.max(workers * 16, 80),
    data: { values },
    mark: { type: "rect" },
    encoding: {
      x: {
        field: "from",
        type: "quantitative",
        title: "preloaded pages by address, MB",
        scale: { domain: [0, megabytes], nice: false },
        axis: { grid: false },
      },
      x2: { field: "to" },
      y: { field: "worker", type: "ordinal", title: "worker", scale: { paddingInner: 0.15 } },
      color: { field: "state", type: "nominal", legend: LEGEND, scale: { domain: [...domain], range } },
      opacity: { field: "share", type: "quantitative", legend: null, scale: { domain: [0, 1], range: [0, 1] } },
    },
  };
}
