import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunResult } from "../../../src/model/run.js";
import { renderComparison } from "../../../src/report/comparison.js";
import { REPORT_FORMATS } from "../../../src/report/formats.js";
import { differences } from "../../../src/results/comparable.js";
import { compareRuns } from "../../../src/results/compare-runs.js";
import { readSeries } from "../../../src/results/series.js";
import { createRun } from "../../../src/results/store.js";
import { exampleCheckpoint, exampleRun, exampleVariant } from "./example-run.js";

function measured(id: string, fleetBytes: number, throughput: number, changes: Partial<RunResult> = {}): RunResult {
  const seal = exampleVariant("seal", [exampleCheckpoint(0), exampleCheckpoint(2000, { fleetBytes, throughput })]);
  return exampleRun({ id, variants: { seal }, ...changes });
}

const five = (prefix: string, bytes: number, rate: number): RunResult[] =>
  [0, 1, 2, 3, 4].map((pass) => measured(`${prefix}${pass}`, bytes + pass * 1000, rate + pass * 7));

const withHost = (host: Partial<RunResult["provenance"]["host"]>): RunResult => {
  const { provenance, ...rest } = measured("b", 1, 1);
  return { ...rest, provenance: { ...provenance, host: { ...provenance.host, ...host } } };
};

describe("runs that may be compared", () => {
  const reference = measured("a", 1, 1);

  it("agree in lab, workers and machine; interpreters and engines may differ", () => {
    const { provenance } = reference;
    const other = { ...reference, provenance: { ...provenance, patches: {}, lockHash: "9".repeat(64) } };
    expect(differences(reference, other)).toEqual([]);
  });

  it.each([
    ["kernel", withHost({ kernel: "6.1.0" })],
    ["CPU", withHost({ cpu: "Another CPU" })],
    ["CPU", withHost({ cpus: 64 })],
    ["lab hash", { ...reference, provenance: { ...reference.provenance, labHash: "f".repeat(64) } }],
    ["workers", { ...reference, spec: { ...reference.spec, fleet: { ...reference.spec.fleet, workers: 4 } } }],
  ])("name what differs: %s", (what, other) => {
    expect(differences(reference, other)).toEqual([expect.stringMatching(new RegExp(`^${what}: `))]);
  });
});

describe("the comparison of runs", () => {
  const find = (groups: RunResult[][], name: string) =>
    compareRuns(groups).measures.find(({ measure }) => measure.name === name);

  it("has medians, interval, p and effect of repeated runs", () => {
    const groups = [five("a", 80_000_000, 500), five("b", 60_000_000, 503)];
    expect(find(groups, "fleetBytes")).toMatchObject({
      variant: "seal",
      requestsPerWorker: 2000,
      run: "b0",
      value: 60_002_000,
      reference: 80_002_000,
      repeats: [5, 5],
      ratio: expect.closeTo(0.75, 3),
      interval: { low: expect.closeTo(0.75, 3), high: expect.closeTo(0.75, 3) },
      p: expect.closeTo(0.007936507936507936, 12),
      effect: -1,
      verdict: "better",
    });
    expect(find(groups, "throughput")).toMatchObject({ verdict: "no difference shown" });
    expect(find([...groups].reverse(), "fleetBytes")).toMatchObject({ verdict: "worse" });
  });

  it("calls equal only what is, and goes by the ranks that p is about", () => {
    const runs = (bytes: number[]) => bytes.map((one, pass) => measured(`${pass}`, one, 500));
    const verdict = (mine: number[], its: number[]) => find([runs(its), runs(mine)], "fleetBytes")?.verdict;
    expect(verdict([5, 5, 5, 5], [5, 5, 5, 5])).toBe("equal");
    expect(verdict([1, 5, 5, 5, 9], [5, 5, 5, 5, 5])).toBe("no difference shown");
    // Medians are 5 and 5, and p is 0.003.
    expect(verdict([5, 5, 5, 5, 5, 9, 9, 9, 9], [1, 1, 1, 1, 5, 5, 5, 5, 5])).toBe("worse");
    expect(verdict([1, 1, 1, 1, 5, 5, 5, 5, 5], [5, 5, 5, 5, 5, 9, 9, 9, 9])).toBe("better");
  });

  it("gives no verdict on one run each, and says what to do", () => {
    const comparison = compareRuns([[measured("a", 80, 500)], [measured("b", 60, 500)]]);
    expect(comparison.measures[0]).toMatchObject({ ratio: 0.75, interval: null, p: null, verdict: "too few repeats" });
    expect(comparison.warnings).toEqual([expect.stringContaining("majek-lab run LAB --repeats 5")]);
  });

  it("leaves out what was broken off, and compares where all have a checkpoint", () => {
    const broken = measured("b", 60, 500);
    const seal = { ...exampleVariant("seal", [exampleCheckpoint(0)]), incomplete: true as const };
    expect(compareRuns([[measured("a", 80, 500)], [{ ...broken, variants: { seal } }]]).measures).toEqual([]);
    const shorter = exampleVariant("seal", [exampleCheckpoint(0, { fleetBytes: 60 })]);
    const [first] = compareRuns([[measured("a", 80, 500)], [{ ...broken, variants: { seal: shorter } }]]).measures;
    expect(first).toMatchObject({ requestsPerWorker: 0, value: 60 });
  });

  it("warns of a repeat that something else disturbed", () => {
    const disturbed = [...five("a", 80, 500), measured("a5", 80, 100)];
    expect(compareRuns([disturbed, five("b", 80, 500)]).warnings).toEqual([
      expect.stringMatching(/^a0 seal: 1 of 6 repeats .*end it and measure again$/),
    ]);
  });

  it.each(REPORT_FORMATS)("as %s looks as reviewed", async (format) => {
    const comparison = compareRuns([five("a", 80_000_000, 500), five("b", 60_000_000, 503), [measured("c", 1e6, 9)]]);
    const golden = join(import.meta.dirname, `../../golden/report/comparison.${format}.txt`);
    await expect(renderComparison(comparison, format)).toMatchFileSnapshot(golden);
  });
});

describe("a series", () => {
  let results: string;
  const ids = [1, 2, 3, 4].map((second) => `20261123T18200${second}Z-a1b2`);
  beforeAll(async () => {
    results = await mkdtemp(join(tmpdir(), "majek-series-"));
    for (const [index, id] of ids.entries()) {
      const series = index < 3 ? { series: ids[0] ?? "" } : {};
      const run = measured(id, 1, 1, { ...series, status: index === 2 ? "partial" : "complete" });
      await (await createRun(results, run)).close();
    }
  });
  afterAll(() => rm(results, { recursive: true }));

  const seriesOf = async (index: number): Promise<string[]> => {
    const id = ids[index] ?? "";
    const location = { lab: "django-8workers", id, directory: join(results, "django-8workers", id) };
    return (await readSeries(location)).map((run) => run.id);
  };

  it("is every whole pass of one run --repeats, and the run that was asked for", async () => {
    expect(await seriesOf(1)).toEqual(ids.slice(0, 2));
    expect(await seriesOf(2)).toEqual(ids.slice(0, 3));
  });

  it("is the run alone where it was not repeated", async () => {
    expect(await seriesOf(3)).toEqual(ids.slice(3));
  });
});
