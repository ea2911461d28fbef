import { describe, expect, it } from "vitest";
import { alignColumns, wrapWords } from "../../../src/report/columns.js";
import { bar, count, duration, megabytes, percent } from "../../../src/report/numbers.js";
import { verdictSentence } from "../../../src/report/verdict.js";
import { compareToBaseline } from "../../../src/results/compare.js";
import { exampleCheckpoint, exampleRun, exampleVariant } from "../results/example-run.js";

describe("numbers", () => {
  it("groups thousands and keeps one decimal of a megabyte", () => {
    expect([count(1234567), count(0), megabytes(71_049_999), megabytes(1_234_567_890), megabytes(null)]).toEqual([
      "1,234,567",
      "0",
      "71.0",
      "1,234.6",
      "-",
    ]);
  });

  it("calls nothing 100 % or 0 % that is not", () => {
    expect([percent(1), percent(0.9996), percent(0.974), percent(0.0004), percent(0), percent(null)]).toEqual([
      "100 %",
      "99.9 %",
      "97 %",
      "<1 %",
      "0 %",
      "-",
    ]);
  });

  it("draws bars of one width", () => {
    expect([bar(0.5, 4), bar(2, 4), bar(0, 4), bar(null, 4)]).toEqual(["██░░", "████", "░░░░", "    "]);
  });

  it("fills a bar only for what is whole", () => {
    expect([bar(0.999, 4), bar(0.001, 4)]).toEqual(["███░", "█░░░"]);
  });

  it("reads durations as people say them", () => {
    expect([0.04, 9.96, 99.4, 185].map(duration)).toEqual(["0.0 s", "10 s", "99 s", "3 min 05 s"]);
  });

  it("aligns by what a terminal shows, not by code units", () => {
    const green = `${String.fromCharCode(27)}[32mok${String.fromCharCode(27)}[39m`;
    const columns = [
      { title: "a", align: "left" as const },
      { title: "b", align: "right" as const },
    ];
    const lines = alignColumns(columns, [
      [green, "1"],
      ["漢字x", "22"],
    ]);
    expect(lines).toEqual(["a       b", `${green}      1`, "漢字x  22"]);
  });
});

describe("wrapping", () => {
  it("breaks between words only", () => {
    expect(wrapWords("one two three incomprehensible", 8)).toEqual(["one two", "three", "incomprehensible"]);
  });
});

describe("the verdict", () => {
  it("is one sentence with both costs", () => {
    expect(compareToBaseline(exampleRun()).map(verdictSentence)).toEqual([
      "no-preload: 8 workers use 384.1 MB instead of 241.3 MB (1.59 x preload), after 2,000 requests per worker [warmed up differently: 0 and 400 requests]",
      "seal: 8 workers use 71.0 MB instead of 241.3 MB (0.29 x preload), 97 % of the preloaded pages still shared after 2,000 requests per worker",
    ]);
  });

  it("says when it rests on kernel PSS", () => {
    const seal = exampleVariant("seal", [exampleCheckpoint(2000, { fleetBytes: null })]);
    const run = exampleRun();
    const [, comparison] = compareToBaseline({ ...run, variants: { ...run.variants, seal } });
    expect(comparison && verdictSentence(comparison)).toContain("72.5 MB (kernel PSS)");
  });
});
