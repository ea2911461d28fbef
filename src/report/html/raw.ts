import type { RunResult } from "../../model/run.js";

/** Characters of JSON above which a report leaves the workers of all but the last checkpoint out: it stays below 1 MB. */
const LARGE = 400_000;

/** A file inside the page, saved by its link, without scripts. */
export interface RawFile {
  readonly name: string;
  readonly href: string;
  readonly note: string;
}

function dataUrl(type: string, text: string): string {
  return `data:${type};base64,${Buffer.from(text).toString("base64")}`;
}

function withoutWorkers(run: RunResult): RunResult {
  const variants = Object.entries(run.variants).map(([name, result]) => {
    const last = result.checkpoints.length - 1;
    const checkpoints = result.checkpoints.map((point, index) => (index === last ? point : { ...point, workers: [] }));
    return [name, { ...result, checkpoints }];
  });
  return { ...run, variants: Object.fromEntries(variants) };
}

/** run.json and its table, as links that hold them. */
export function rawFiles(run: RunResult, csv: string): readonly RawFile[] {
  const whole = JSON.stringify(run);
  const large = whole.length > LARGE;
  const note = large
    ? "schema: majek-lab schema run; workers of the last checkpoint only"
    : "schema: majek-lab schema run";
  const text = large ? JSON.stringify(withoutWorkers(run)) : whole;
  return [
    { name: `${run.id}.json`, href: dataUrl("application/json", text), note },
    { name: `${run.id}.csv`, href: dataUrl("text/csv", csv), note: "one row per variant and checkpoint" },
  ];
}
