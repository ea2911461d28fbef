import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../../../src/model/run.js";
import { REPORT_FORMATS, renderReport } from "../../../src/report/exporters.js";
import { compareToBaseline } from "../../../src/results/compare.js";
import { exampleCheckpoint, exampleRun, exampleVariant } from "../results/example-run.js";

const GOLDEN = resolve(import.meta.dirname, "../../golden/report");
const report = (run: RunResult) => ({ run, comparisons: compareToBaseline(run) });

const stopped = exampleRun({
  status: "partial",
  variants: {
    "no-preload": exampleVariant("no-preload", [exampleCheckpoint(0), exampleCheckpoint(2000)]),
    preload: { ...exampleVariant("preload", [exampleCheckpoint(0, { fleetBytes: 1_000_000 })]), incomplete: true },
  },
  expectations: [{ expression: "seal.x > 1", status: "undecided", explanation: "not measured: seal" }],
  warnings: ["swap is on | off"],
});

describe("exporters", () => {
  it.each(REPORT_FORMATS)("%s of a finished run looks as reviewed", async (format) => {
    await expect(renderReport(report(exampleRun()), format)).toMatchFileSnapshot(`${GOLDEN}/finished.${format}.txt`);
  });

  it.each(["table", "markdown"] as const)("%s of a stopped run looks as reviewed", async (format) => {
    await expect(renderReport(report(stopped), format)).toMatchFileSnapshot(`${GOLDEN}/stopped.${format}.txt`);
  });

  it("says when nothing was measured", () => {
    expect(renderReport(report(exampleRun({ variants: {} })), "table")).toContain("No variant was measured.");
  });

  it("colours the table only when asked to", () => {
    const code = String.fromCharCode(27);
    expect(renderReport(report(exampleRun()), "table")).not.toContain(code);
    expect(renderReport(report(exampleRun()), "table", { coloured: true })).toContain(code);
    expect(renderReport(report(exampleRun()), "csv", { coloured: true })).not.toContain(code);
  });

  it.each([60, 64, 80, 100, 124])("fits a terminal of %d columns", (width) => {
    const lines = renderReport(report(exampleRun()), "table", { width }).split("\n");
    const from = lines.findIndex((line) => line.startsWith("variant"));
    expect(Math.max(...lines.slice(from, from + 4).map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  it("quotes CSV cells that need it", () => {
    const run = exampleRun({ id: 'a"b,c' });
    expect(renderReport(report(run), "csv").split("\n")[1]).toMatch(/^"a""b,c",django-8workers,/);
  });

  it("makes one output of several runs: JSON a line each, CSV below one header", () => {
    const runs = ["one", "two", "three"].map((id) => report(exampleRun({ id })));
    const all = (format: "json" | "csv"): string[] =>
      runs
        .map((run, index) => renderReport(run, format, {}, index === 0 ? "first" : "later"))
        .join("")
        .split("\n")
        .filter(Boolean);
    expect(all("json").map((line) => (JSON.parse(line) as RunResult).id)).toEqual(["one", "two", "three"]);
    const alone = runs.map((run) => renderReport(run, "csv").split("\n").filter(Boolean));
    expect(all("csv")).toEqual([alone[0]?.[0], ...alone.flatMap((lines) => lines.slice(1))]);
  });

  it("has in Markdown the command as one can type it, and a line for each warning", () => {
    const { provenance } = exampleRun();
    const command = ["majek-lab", "run", "my lab", "--env-file", "it's `x`"];
    const run = exampleRun({ provenance: { ...provenance, command }, warnings: ["first\n  second"] });
    const text = renderReport(report(run), "markdown");
    expect(text).toContain("- Command: `` majek-lab run 'my lab' --env-file 'it'\\''s `x`' ``\n");
    expect(text).toContain("- first second\n");
  });

  it("gives the stored run back as JSON", () => {
    expect(JSON.parse(renderReport(report(exampleRun()), "json"))).toEqual(exampleRun());
  });
});
