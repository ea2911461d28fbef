import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { BlameSummary } from "../../../src/model/blame-summary.js";
import type { RunResult } from "../../../src/model/run.js";
import { type HtmlReport, html } from "../../../src/report/html/page.js";
import { compareToBaseline } from "../../../src/results/compare.js";
import { compareRepeats } from "../../../src/results/statistics.js";
import { exampleRun } from "../results/example-run.js";

const TEMPLATE = resolve(import.meta.dirname, "../../../templates/report.hbs");

const share = (name: string, pages: number, only: number) => ({ name, pages, only });

export const EXAMPLE_BLAME: readonly BlameSummary[] = [
  {
    variant: "seal",
    requestsPerWorker: 2000,
    lostPages: 1520,
    namedFraction: 0.97,
    causes: [share("reference count", 900, 700), share("unknown", 45, 45)],
    types: [share("dict", 610, 500)],
    processes: [{ role: "master" }, { role: "worker" }, { role: "worker" }],
    pages: [
      { address: "0x7f0000002000", verdicts: [{ processes: [1] }] },
      { address: "0x7f0000001000", verdicts: [{ processes: [1] }, { processes: [2] }] },
    ],
  },
];

/** A page of a run with repeats, blame and warnings: every section is there. */
export async function examplePage(run: RunResult = exampleRun(), changes: Partial<HtmlReport> = {}): Promise<string> {
  const runs = [run, { ...run, id: "20261123T190000Z-a1b2" }];
  const report: HtmlReport = {
    run,
    comparisons: compareToBaseline(run),
    runs,
    repeats: compareRepeats(runs, run.spec.baseline),
    cautions: ["2 repeats give wide intervals"],
    blame: EXAMPLE_BLAME,
    collections: [{ variant: "preload", requestsPerWorker: 1200, fleetBytes: 180_000_000 }],
    ...changes,
  };
  return html(report, await readFile(TEMPLATE, "utf8"));
}
