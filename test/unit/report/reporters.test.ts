import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../../src/model/run-event.js";
import { PLAIN } from "../../../src/report/colours.js";
import { liveLines } from "../../../src/report/live.js";
import { afterEvent, type LiveView, NO_RUN } from "../../../src/report/live-view.js";
import { sparkline } from "../../../src/report/numbers.js";
import { jsonReporter } from "../../../src/report/reporter-json.js";
import { plainReporter } from "../../../src/report/reporter-plain.js";
import { quietReporter } from "../../../src/report/reporter-quiet.js";
import { exampleCheckpoint } from "../results/example-run.js";
import { exampleSample, exampleWorker, numbered, STARTED } from "./example-events.js";

const CHECKPOINT = exampleCheckpoint(1000);
const SPREAD = { mean: 620, min: 600, max: 640 };
const progress = (min: number, rate: number): RunEvent => ({
  event: "progress",
  variant: "seal",
  requests: { ...SPREAD, min },
  rate,
  failed: 0,
});

function recorded() {
  const lines: string[] = [];
  return { lines, write: (line: string) => void lines.push(line) };
}

describe("the plain reporter", () => {
  it("writes a line per change of state, not per request", () => {
    const { lines, write } = recorded();
    const live = plainReporter(write).liveTable();
    for (const event of numbered(
      STARTED,
      { event: "variant-started", variant: "seal" },
      { event: "loading", variant: "seal", requestsPerWorker: 1000 },
      progress(1, 100),
      { event: "measuring", variant: "seal" },
      { event: "checkpoint", variant: "seal", checkpoint: CHECKPOINT },
      { event: "variant-finished", variant: "seal", outcome: "done" },
      { event: "variant-finished", variant: "unknown", outcome: "done" },
      { event: "verdict", text: "seal uses less" },
    ))
      live.take(event);
    const point = "1,000 requests per worker, fleet 71.0 MB, 97 % still shared, 6.2 MB copied, 498 req/s";
    expect(lines).toEqual(["seal: starting", `seal: measuring, ${point}`, `seal: done, ${point}`, "seal uses less"]);
  });

  it("says rarely how far a load is", () => {
    const { lines, write } = recorded();
    let clock = 0;
    const live = plainReporter(write, () => clock).liveTable();
    const [started, loading, first, second] = numbered(
      STARTED,
      { event: "loading", variant: "seal", requestsPerWorker: 2000 },
      progress(600, 212.4),
      progress(640, 212.4),
    );
    for (const event of [started, loading]) if (event !== undefined) live.take(event);
    clock = 10_000;
    if (first !== undefined) live.take(first);
    clock = 11_000;
    if (second !== undefined) live.take(second);
    expect(lines).toEqual(["seal: 600 of 2,000 requests per worker, 212 req/s"]);
  });

  it("says rarely that a long step is alive", () => {
    const { lines, write } = recorded();
    let clock = 0;
    const step = plainReporter(write, () => clock).step("compile");
    step.update("1/500");
    clock = 10_000;
    step.update("250/500");
    clock = 12_000;
    step.update("300/500");
    step.done("cached");
    expect(lines).toEqual(["compile ...", "compile: 250/500", "compile: done, cached (12 s)"]);
  });
});

describe("the JSON reporter", () => {
  it("writes one object per line", () => {
    const { lines, write } = recorded();
    const reporter = jsonReporter(write);
    reporter.step("build").done();
    for (const event of numbered(STARTED, progress(7, 200))) reporter.liveTable().take(event);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { schemaVersion: 1, event: "step-started", step: 1, title: "build" },
      { event: "step-done", step: 1 },
      { schemaVersion: 1, event: "run-started", id: 1, lab: "django-8workers" },
      { schemaVersion: 1, event: "progress", id: 2, variant: "seal", requests: { min: 7 } },
    ]);
  });
});

describe("the quiet reporter", () => {
  it("still warns", () => {
    const { lines, write } = recorded();
    const reporter = quietReporter(write);
    reporter.note("hidden");
    reporter.warn("swap is on");
    expect(lines).toEqual(["warning: swap is on"]);
  });
});

describe("the live view", () => {
  const view = numbered(
    STARTED,
    { event: "checkpoint", variant: "preload", checkpoint: exampleCheckpoint(2000, { fleetBytes: 241_000_000 }) },
    { event: "variant-finished", variant: "preload", outcome: "done" },
    { event: "verdict", text: "With seal, django-8workers uses 71.0 MB instead of 241.3 MB: 71 % less." },
    { event: "variant-started", variant: "seal" },
    { event: "loading", variant: "seal", requestsPerWorker: 2000 },
    { event: "sample", variant: "seal", ...exampleSample(412) },
    progress(412, 498.2),
  ).reduce<LiveView>(afterEvent, NO_RUN);

  it.each([
    [80, 24],
    [120, 40],
    [60, 15],
    [30, 6],
  ])("fits a terminal of %d columns and %d rows", (columns, rows) => {
    const lines = liveLines(view, "q quit", PLAIN, { columns, rows });
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThan(columns);
    expect(lines.length).toBeLessThan(rows);
    expect(lines.join("\n")).toMatch(/seal/);
  });

  it("tells shared, copied and new memory apart without colour, and the ideal", () => {
    const text = liveLines(view, undefined, PLAIN, { columns: 120, rows: 40 }).join("\n");
    expect(text).toMatch(/seal\s+loading\s+412 \/ 2,000/);
    expect(text).toMatch(/1 {2}█+▓+░+ +31\.9 +1\.2 +2\.4 +415 +1/);
    expect(text).toContain("ideal 64.8");
  });

  it("says when the load is paused", () => {
    const paused = afterEvent(view, { event: "paused", paused: true });
    expect(liveLines(paused, undefined, PLAIN, { columns: 80, rows: 24 }).join("\n")).toMatch(/seal\s+paused/);
  });

  it("leaves workers out where there are more than lines", () => {
    const many = {
      ...exampleSample(412),
      workers: Array.from({ length: 64 }, (_, index) => exampleWorker(20 + index)),
    };
    const crowded = afterEvent(view, { event: "sample", variant: "seal", ...many });
    const lines = liveLines(crowded, "q quit", PLAIN, { columns: 80, rows: 24 });
    expect(lines.length).toBeLessThan(24);
    expect(lines.join("\n")).toMatch(/… and \d+ more workers/);
  });
});

describe("a sparkline", () => {
  it("goes from the least to the most, in as many glyphs as asked for", () => {
    expect(sparkline([1, 2, 3, 4, 5, 6, 7, 8], 8)).toBe("▁▂▃▄▅▆▇█");
    expect(sparkline([1, 1, 8, 8], 2)).toBe("▁█");
    expect(sparkline([5, 5], 9)).toBe("▁▁");
    expect(sparkline([], 9)).toBe("");
  });
});
