import { describe, expect, it } from "vitest";
import { PLAIN } from "../../../src/report/colours.js";
import { liveLines } from "../../../src/report/live.js";
import { mergeRow, waitingRows } from "../../../src/report/live-row.js";
import { jsonReporter } from "../../../src/report/reporter-json.js";
import { plainReporter } from "../../../src/report/reporter-plain.js";
import { quietReporter } from "../../../src/report/reporter-quiet.js";
import { exampleCheckpoint } from "../results/example-run.js";

const TITLE = { lab: "django-8workers", workers: [8], variants: ["preload", "seal"], target: 2000 };

function recorded() {
  const lines: string[] = [];
  return { lines, write: (line: string) => void lines.push(line) };
}

describe("the plain reporter", () => {
  it("writes a line per change of state, not per request", () => {
    const { lines, write } = recorded();
    const live = plainReporter(write).liveTable(TITLE);
    live.set("seal", { state: "starting" });
    live.set("seal", { state: "loading", requestsPerWorker: 1 });
    live.set("seal", { requestsPerWorker: 2 });
    live.set("seal", { state: "measuring" });
    live.set("seal", { state: "loading", checkpoint: exampleCheckpoint(1000) });
    live.set("seal", { state: "done" });
    live.set("unknown", { state: "done" });
    const point = "1,000 requests per worker, fleet 71.0 MB, 97 % still shared, 6.2 MB copied, 498 req/s";
    expect(lines).toEqual(["seal: starting", `seal: loading, ${point}`, `seal: done, ${point}`]);
  });

  it("says rarely how far a load is", () => {
    const { lines, write } = recorded();
    let clock = 0;
    const live = plainReporter(write, () => clock).liveTable(TITLE);
    live.set("seal", { state: "loading", requestsPerWorker: 1 });
    clock = 10_000;
    live.set("seal", { requestsPerWorker: 600, rate: 212.4 });
    clock = 11_000;
    live.set("seal", { requestsPerWorker: 640, rate: 212.4 });
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
    reporter.liveTable(TITLE).set("seal", { state: "loading", requestsPerWorker: 7 });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { schemaVersion: 1, event: "step-started", step: 1, title: "build" },
      { event: "step-done", step: 1 },
      { event: "fleet", lab: "django-8workers", variant: "seal", requestsPerWorker: 7, checkpoint: null },
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

describe("the live table", () => {
  const rows = waitingRows(TITLE);
  mergeRow(rows, "preload", { state: "done", requestsPerWorker: 2000, checkpoint: exampleCheckpoint(2000) });
  mergeRow(rows, "seal", { state: "loading", requestsPerWorker: 412, rate: 498.2 });

  it.each([80, 120])("fits a terminal of %d columns", (width) => {
    const lines = liveLines(TITLE, rows.values(), undefined, PLAIN, width);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(lines.join("\n")).toMatch(/seal\s+loading\s+412 \/ 2,000/);
  });
});
