import type { RunResult } from "../../model/run.js";

/** Characters of JSON above which a report leaves workers out, so that the page stays below 1 MB. */
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

/** @param kept - how many of the last checkpoints keep their workers */
function withoutWorkers(run: RunResult, kept: number): RunResult {
  const variants = Object.entries(run.variants).map(([name, result]) => {
    const from = result.checkpoints.length - kept;
    const checkpoints = result.checkpoints.map((point, index) => (index >= from ? point : { ...point, workers: [] }));
    return [name, { ...result, checkpoints }];
  });
  return { ...run, variants: Object.fromEntries(variants) };
}

/** As much of a run as fits, and what was left out. */
function fitting(run: RunResult): readonly [text: string, note: string] {
  const whole = JSON.stringify(run);
  if (whole.length <= LARGE) return [whole, ""];
  const last = JSON.stringify(withoutWorkers(run, 1));
  if (last.length <= LARGE) return [last, "; workers of the last checkpoint only"];
  return [JSON.stringify(withoutWorkers(run, 0)), "; without the single workers"];
}

/** run.json and its table, as links that hold them. */
export function rawFiles(run: RunResult, csv: string): readonly RawFile[] {
  const [text, left] = fitting(run);
  return [
    {
      name: `${run.id}.json`,
      href: dataUrl("application/json", text),
      note: `schema: majek-lab schema run${left}`,
    },
    { name: `${run.id}.csv`, href: dataUrl("text/csv", csv), note: "one row per variant and checkpoint" },
  ];
}
