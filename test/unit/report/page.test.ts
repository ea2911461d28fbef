import { describe, expect, it } from "vitest";
import type { RunResult } from "../../../src/model/run.js";
import { runSchema } from "../../../src/results/schema.js";
import { compareRepeats } from "../../../src/results/statistics.js";
import { exampleCheckpoint, exampleProcess, exampleRun, exampleVariant } from "../results/example-run.js";
import { EXAMPLE_BLAME, examplePage } from "./example-page.js";

function embedded(page: string, type: string): string {
  const [, text = ""] = new RegExp(`href="data:${type};base64,([^"]+)"`).exec(page.replaceAll("&#x3D;", "=")) ?? [];
  return Buffer.from(text, "base64").toString();
}

function large(workers: number): RunResult {
  const point = (requests: number) =>
    exampleCheckpoint(requests, { workers: Array.from({ length: workers }, (_, index) => exampleProcess(index)) });
  const points = [0, 100, 1000, 2000, 4000, 10_000].map(point);
  return exampleRun({ variants: { preload: exampleVariant("preload", points), seal: exampleVariant("seal", points) } });
}

describe("the report page", () => {
  it("says the verdict with its interval, and where it comes from", async () => {
    const page = await examplePage();
    expect(page).toContain("seal: 8 workers use 71.0 MB instead of 241.3 MB");
    expect(page).toContain("Over 2 interleaved runs the ratio is 0.294, 95 % interval 0.294 to 0.294.");
    expect(page).toContain("majek-lab up django-8workers");
    expect(page).toContain("Example CPU");
  });

  it("claims no interval of one run", async () => {
    expect(await examplePage(exampleRun(), { runs: [exampleRun()], repeats: [] })).toContain("no interval");
  });

  it("counts the pairs behind an interval, not the runs", async () => {
    const [run, whole] = [exampleRun(), exampleRun({ id: "20261123T190000Z-a1b2" })];
    const { seal, ...others } = exampleRun().variants;
    const broken = exampleRun({ id: "20261123T200000Z-a1b2", variants: others });
    const runs = [run, whole, broken];
    const page = await examplePage(run, { runs, repeats: compareRepeats(runs, "preload") });
    expect(page).toContain("Over 2 interleaved runs the ratio is");
    const two = [run, broken];
    const none = await examplePage(run, { runs: two, repeats: compareRepeats(two, "preload") });
    expect(none).toContain("There is no interval: fewer than two of the runs");
  });

  it("says kernel PSS, and draws no zeros, where page frames were hidden", async () => {
    const unknown = { shared: null, lost: null, replaced: null, absent: null, sharedFraction: null, newBytes: null };
    const points = [0, 2000].map((requests) =>
      exampleCheckpoint(requests, {
        method: "smaps",
        fleetBytes: null,
        lostBytes: null,
        idealBytes: null,
        newBytes: null,
        sharedFraction: null,
        workers: [{ ...exampleProcess(12), ...unknown }],
      }),
    );
    const variants = { preload: exampleVariant("preload", points), seal: exampleVariant("seal", points) };
    const run = exampleRun({ variants });
    const page = await examplePage(run, { runs: [run], blame: [], collections: [], repeats: [] });
    expect(page).toContain('<th scope="col">kernel PSS MB</th>');
    expect(page).not.toMatch(/fleet MB|page frames of|Fleet bytes|still shares; the band|stacked bars/i);
  });

  it("names what has no type", async () => {
    const types = [{ name: "", pages: 610, only: 500 }];
    const blame = EXAMPLE_BLAME.map((one) => ({ ...one, types }));
    expect(await examplePage(exampleRun(), { blame })).toContain("(none) 610");
  });

  it("holds the run as JSON that fits the schema, and as CSV", async () => {
    const page = await examplePage();
    expect(runSchema.parse(JSON.parse(embedded(page, "application/json")))).toEqual(exampleRun());
    expect(embedded(page, "text/csv")).toMatch(/^run,lab,variant,/);
  });

  it.each([
    [512, "workers of the last checkpoint only"],
    [1536, "without the single workers"],
  ])("stays below 1 MB for fleets of %d workers, and says what is left out", async (workers, leftOut) => {
    const page = await examplePage(large(workers));
    expect(page.length).toBeLessThan(1_000_000);
    expect(page).toContain(leftOut);
  });

  it("shows a section on causes only where there are any", async () => {
    expect(await examplePage()).toContain("Why pages were lost");
    expect(await examplePage(exampleRun(), { blame: [] })).not.toContain("Why pages were lost");
  });

  it("loads nothing, runs nothing, and quotes what labs are called", async () => {
    const run = exampleRun();
    const nasty = { ...run, spec: { ...run.spec, title: "<script>alert('x')</script>" } };
    const page = await examplePage(nasty, { cautions: ['<img src="https://example.org/x">'] });
    expect(page).not.toMatch(/<script|<img|<link|\bon[a-z]+=|url\(|@import/i);
    expect(page.match(/\b(?:src|href)="(?!data:)/g)).toBeNull();
  });

  it("is the same for the same run", async () => {
    expect(await examplePage()).toBe(await examplePage());
  });

  it("says when nothing was measured", async () => {
    const page = await examplePage(exampleRun({ variants: {} }), { repeats: [], blame: [] });
    expect(page).toContain("Nothing was measured");
    expect(page).not.toContain("<svg");
  });
});
