import { describe, expect, it } from "vitest";
import type { RunResult } from "../../../src/model/run.js";
import { compareToBaseline } from "../../../src/results/compare.js";
import { evaluateExpectations } from "../../../src/results/expectations.js";
import { EXAMPLE_SPEC, exampleCheckpoint, exampleRun, exampleVariant } from "./example-run.js";

const expecting = (expect: readonly string[], changes: Partial<RunResult> = {}) =>
  evaluateExpectations(exampleRun({ spec: { ...EXAMPLE_SPEC, expect }, ...changes }));

describe("expectations", () => {
  it("are decided at the largest checkpoint, with both sides named", () => {
    expect(evaluateExpectations(exampleRun())).toEqual([
      {
        expression: "seal.fleetBytes <= 0.5 * preload.fleetBytes",
        status: "met",
        explanation: "71.0 MB <= 120.7 MB at 2000 requests per worker",
      },
      {
        expression: "seal.sharedFraction >= 0.95",
        status: "met",
        explanation: "0.974 >= 0.95 at 2000 requests per worker",
      },
    ]);
  });

  it("are not met when the numbers say so", () => {
    expect(expecting(["seal.sharedFraction >= 0.99"])).toMatchObject([{ status: "not met" }]);
  });

  it("show as many digits as tell both sides apart", () => {
    const mean = 0.899_996;
    const sharedFraction = { mean, min: mean, max: mean };
    const seal = exampleVariant("seal", [exampleCheckpoint(2000, { fleetBytes: 70_000_004, sharedFraction })]);
    const texts = ["seal.sharedFraction >= 0.9", "seal.fleetBytes <= 70000000", "seal.fleetBytes == 70000004"];
    expect(expecting(texts, { variants: { seal } })).toMatchObject([
      { status: "not met", explanation: "0.899996 >= 0.9 at 2000 requests per worker" },
      { status: "not met", explanation: "70.000004 MB <= 70.000000 MB at 2000 requests per worker" },
      { status: "met", explanation: "70.0 MB == 70.0 MB at 2000 requests per worker" },
    ]);
  });

  it("know no variant by the names that every object has", () => {
    expect(expecting(["constructor.fleetBytes > 0"])).toMatchObject([
      { status: "undecided", explanation: "not measured: constructor" },
    ]);
  });

  it("are about the checkpoints that they name, however early these are", () => {
    const seal = exampleVariant("seal", [
      exampleCheckpoint(100, { lostBytes: 10 }),
      exampleCheckpoint(1000, { lostBytes: 40 }),
    ]);
    const texts = ["seal.lostBytes@1000 == 4 * seal.lostBytes@100", "seal.lostBytes@200 > 0"];
    expect(expecting(texts, { variants: { seal } })).toMatchObject([
      { status: "met", explanation: "40 == 40 at 100 and 1000 requests per worker" },
      { status: "undecided", explanation: expect.stringMatching(/^not measured: seal.lostBytes@200/) },
    ]);
  });

  it("are undecided below expectFrom", () => {
    const early = { variants: { seal: exampleVariant("seal", [exampleCheckpoint(100)]) } };
    expect(expecting(["seal.sharedFraction >= 0.95"], early)).toMatchObject([
      { status: "undecided", explanation: "measured up to 100 requests per worker; decided from 2000 on" },
    ]);
  });

  it("compare variants only at a checkpoint that both have reached", () => {
    const { preload } = exampleRun().variants;
    if (preload === undefined) throw new Error("no preload");
    const further = exampleVariant("seal", [exampleCheckpoint(2000), exampleCheckpoint(10_000, { fleetBytes: 1 })]);
    const [result] = expecting(["seal.fleetBytes <= 0.5 * preload.fleetBytes"], {
      variants: { preload, seal: further },
    });
    expect(result?.explanation).toMatch(/^71\.0 MB <= .* at 2000 requests/);
  });

  it("are undecided when a variant or a number is missing", () => {
    const statuses = expecting([
      "other.fleetBytes > 0",
      "no-preload.lostBytes > 0",
      "preload.fleetBytes / 0 > 1",
      "what",
    ]);
    expect(statuses.map(({ status, explanation }) => `${status}: ${explanation}`)).toEqual([
      "undecided: not measured: other",
      "undecided: not measured: no-preload.lostBytes (at 2000 requests per worker)",
      "undecided: a side is not a finite number (at 2000 requests per worker)",
      expect.stringMatching(/^undecided: column \d+: /),
    ]);
  });

  it("are undecided while a variant was measured in part, however far", () => {
    const seal = {
      ...exampleVariant("seal", [exampleCheckpoint(0), exampleCheckpoint(2000)]),
      incomplete: true,
    } as const;
    expect(expecting(["seal.sharedFraction >= 0.95"], { variants: { seal } })).toMatchObject([
      { status: "undecided", explanation: "measured in part: seal" },
    ]);
  });

  it("of a short run are its own, and decided wherever it ended", () => {
    const short = exampleRun({
      mode: "short",
      variants: { seal: exampleVariant("seal", [exampleCheckpoint(200)]) },
    });
    expect(evaluateExpectations(short)).toMatchObject([{ expression: "seal.sharedFraction >= 0.9", status: "met" }]);
  });
});

describe("comparison with the baseline", () => {
  it("leaves out variants with another number of workers", () => {
    const { preload, seal } = exampleRun().variants;
    if (preload === undefined || seal === undefined) throw new Error("a variant is missing");
    const more = { ...seal, variant: { ...seal.variant, workers: 16 } };
    expect(compareToBaseline(exampleRun({ variants: { preload, seal: more } }))).toEqual([]);
  });

  it("takes the largest common checkpoint", () => {
    expect(compareToBaseline(exampleRun())).toMatchObject([
      { variant: "no-preload", requestsPerWorker: 2000, sharedFraction: null, warmups: [0, 400] },
      { variant: "seal", bytes: 71_000_000, baselineBytes: 241_300_000, measure: "fleetBytes", warmups: null },
    ]);
  });

  it("never sets frames against kernel PSS", () => {
    const run = exampleRun();
    const seal = exampleVariant("seal", [exampleCheckpoint(2000, { fleetBytes: null })]);
    const [, comparison] = compareToBaseline({ ...run, variants: { ...run.variants, seal } });
    expect(comparison).toMatchObject({ measure: "kernelPss", bytes: 72_500_000, baselineBytes: 72_500_000 });
  });

  it("leaves out what was measured in part, and everything where that is the baseline", () => {
    const { variants } = exampleRun();
    const { seal, preload } = variants;
    if (seal === undefined || preload === undefined) throw new Error("no variants");
    const names = (changes: Partial<typeof variants>): string[] =>
      compareToBaseline(exampleRun({ variants: { ...variants, ...changes } as typeof variants })).map(
        (one) => one.variant,
      );
    expect(names({ seal: { ...seal, incomplete: true } })).toEqual(["no-preload"]);
    expect(names({ preload: { ...preload, incomplete: true } })).toEqual([]);
  });

  it("is empty without a baseline", () => {
    const { seal } = exampleRun().variants;
    expect(compareToBaseline(exampleRun({ variants: seal ? { seal } : {} }))).toEqual([]);
  });
});
