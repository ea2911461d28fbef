import type { TopLevelSpec } from "vega-lite";
import type { RunResult, VariantResult } from "../../model/run.js";
import { workersOf } from "../../model/spec.js";
import { megabytes } from "../numbers.js";
import { costTitle, isCounted } from "../rows.js";
import { fleetCost, lastCheckpoint, measuredVariants } from "../run-report.js";
import { type Figure, figure } from "./figure.js";
import { LEGEND, VARIANT_COLOURS } from "./plots.js";

/** What one fleet of a family costs. */
export interface ScalePoint {
  readonly workers: number;
  readonly bytes: number;
}

/** Variants that differ in nothing but their workers. */
export interface Family {
  readonly name: string;
  /** By workers, ascending; two at least. */
  readonly points: readonly ScalePoint[];
  /** Bytes of one more worker: the slope of the least squares line. */
  readonly marginal: number;
}

function slope(points: readonly ScalePoint[]): number {
  const mean = (read: (point: ScalePoint) => number): number =>
    points.reduce((sum, point) => sum + read(point), 0) / points.length;
  const [x, y] = [mean(({ workers }) => workers), mean(({ bytes }) => bytes)];
  const above = points.reduce((sum, { workers, bytes }) => sum + (workers - x) * (bytes - y), 0);
  return above / points.reduce((sum, { workers }) => sum + (workers - x) ** 2, 0);
}

/** What variants of a family have in common. */
function traits({ variant: { python, preload, beforeFork, warmup, env } }: VariantResult): string {
  return JSON.stringify([python, preload, beforeFork, warmup, env]);
}

/** Families of a run's variants, in the order of the lab file; those with two numbers of workers or more. */
export function families(run: RunResult): readonly Family[] {
  const groups = new Map<string, { name: string; points: Map<number, number> }>();
  for (const result of measuredVariants(run)) {
    const at = lastCheckpoint(result);
    const bytes = at === undefined || result.incomplete ? null : fleetCost(at);
    if (bytes === null) continue;
    const key = traits(result);
    const name = result.variant.name.replace(/-\d+$/, "");
    const group = groups.get(key) ?? { name, points: new Map<number, number>() };
    groups.set(key, group);
    group.points.set(workersOf(run.spec, result.variant), bytes);
  }
  return [...groups.values()].flatMap(({ name, points: found }) => {
    const points = [...found].map(([workers, bytes]) => ({ workers, bytes })).sort((a, b) => a.workers - b.workers);
    return points.length < 2 ? [] : [{ name, points, marginal: slope(points) }];
  });
}

/** Fleet bytes over the number of workers. */
function scalingPlot(found: readonly Family[], title: string): TopLevelSpec {
  const names = found.map(({ name }) => name);
  const range = names.map((_, index) => VARIANT_COLOURS[index % VARIANT_COLOURS.length] ?? "currentColor");
  return {
    width: 860,
    height: 280,
    data: {
      values: found.flatMap(({ name, points }) =>
        points.map(({ workers, bytes }) => ({ name, workers, megabytes: bytes / 1e6 })),
      ),
    },
    mark: { type: "line", point: true },
    encoding: {
      x: { field: "workers", type: "quantitative", title: "workers", axis: { grid: false } },
      y: { field: "megabytes", type: "quantitative", title, axis: { format: ",.0f" } },
      color: { field: "name", type: "nominal", legend: LEGEND, scale: { domain: names, range } },
    },
  };
}

/** How the cost grows with the workers; none where variants do not differ in them alone. */
export async function scalingFigure(run: RunResult): Promise<readonly Figure[]> {
  const found = families(run);
  if (found.length === 0) return [];
  const words = isCounted(run) ? "Fleet bytes" : "Kernel PSS";
  const told = found.map(({ name, marginal }) => `${name} ${megabytes(marginal)} MB`).join(", ");
  return [
    await figure(scalingPlot(found, costTitle(run)), {
      caption: `${words} over the number of workers. One more worker costs, by the least squares line: ${told}.`,
      alternative: `${words} over the number of workers. One more worker costs: ${told}.`,
    }),
  ];
}
