import { describe, expect, it } from "vitest";
import type { RunResult } from "../../../src/model/run.js";
import { cautionsOf } from "../../../src/results/cautions.js";
import { exampleCheckpoint, exampleRun, exampleVariant } from "./example-run.js";

const run = exampleRun();

function onHost(host: Partial<RunResult["provenance"]["host"]>): RunResult {
  return { ...run, provenance: { ...run.provenance, host: { ...run.provenance.host, ...host } } };
}

function pass(throughput: number, requests = 2000): RunResult {
  const points = [exampleCheckpoint(0), exampleCheckpoint(requests, { throughput })];
  return exampleRun({ variants: { preload: exampleVariant("preload", points) } });
}

describe("cautions", () => {
  it("are none for a calm host and enough requests", () => {
    expect(cautionsOf(onHost({ loadAverage: 0.4 }), [run])).toEqual([]);
  });

  it.each([
    [{ thp: "always" }, "transparent_hugepage/enabled"],
    [{ ksm: "on" }, "ksm/run"],
    [{ swapBytes: 1e9 }, "swapoff -a"],
    [{ loadAverage: 7.2 }, "7.2 processes wanted the 2 CPUs"],
  ])("name the host's %o with its remedy", (host, text) => {
    expect(cautionsOf(onHost(host), [run])).toEqual([expect.stringContaining(text)]);
  });

  it("tell of runs too short for a full collection", () => {
    expect(cautionsOf(pass(500, 200), [])).toEqual([expect.stringContaining("--requests 2000")]);
  });

  it("tell of few repeats, and of unsteady ones", () => {
    const passes = [500, 505, 498].map((rate) => pass(rate));
    expect(cautionsOf(run, passes)).toEqual([expect.stringContaining("--repeats 5")]);
    const disturbed = [500, 505, 498, 501, 499, 380].map((rate) => pass(rate));
    expect(cautionsOf(run, disturbed)).toEqual([
      expect.stringMatching(/^preload: throughput 1 of 6 repeats are outliers/),
    ]);
    const unsteady = [500, 700, 500, 700, 600].map((rate) => pass(rate));
    expect(cautionsOf(run, unsteady)).toEqual([expect.stringMatching(/^preload: throughput differs 1.40 times/)]);
  });
});
