import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunResult } from "../../../src/model/run.js";
import { compare } from "../../../src/pipeline/compare.js";
import { type ReportOptions, report } from "../../../src/pipeline/report.js";
import type { Workspace } from "../../../src/pipeline/workspace.js";
import { runSchema } from "../../../src/results/schema.js";
import { createRun } from "../../../src/results/store.js";
import { exampleRun } from "../results/example-run.js";

const OLD = "20261123T182000Z-a1b2";
const NEW = "20261124T090000Z-c3d4";
let folder = "";
let printed: string[] = [];

async function stored(changes: Partial<RunResult>): Promise<void> {
  await (await createRun(join(folder, "results"), exampleRun(changes))).close();
}

function workspace(): Workspace {
  const places = { workingDirectory: folder, packageRoot: resolve(import.meta.dirname, "../../..") };
  return { ...places, terminal: {}, print: (text: string) => void printed.push(text) } as unknown as Workspace;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "majek-lab-results-"));
  printed = [];
  await stored({ id: OLD });
});
afterEach(() => rm(folder, { recursive: true }));

describe("report", () => {
  const made = (options: Partial<ReportOptions>): Promise<void> =>
    report(workspace(), "latest", { results: "results", format: "html", ...options });

  it("lies beside its run, and its path is the result", async () => {
    await made({});
    const file = join(folder, "results/django-8workers", OLD, "report.html");
    expect(printed).toEqual([file]);
    expect(await readFile(file, "utf8")).toMatch(/^<!doctype html>/);
  });

  it("goes where it is told, or to stdout", async () => {
    await made({ output: "mine.html" });
    expect(await readFile(join(folder, "mine.html"), "utf8")).toContain("</html>");
    await made({ output: "-" });
    expect(printed[1]).toMatch(/^<!doctype html>/);
  });

  it("is the run itself as JSON, which fits the schema", async () => {
    await made({ format: "json" });
    expect(runSchema.parse(JSON.parse(printed[0] ?? ""))).toEqual(exampleRun({ id: OLD }));
  });

  it("as Markdown fits the comment of a pull request", async () => {
    await made({ format: "markdown" });
    expect(printed[0]).toMatch(/^## Eight Django workers/);
    expect(printed[0]?.length).toBeLessThan(65_536);
  });

  it("says what went wrong: no browser for text, no folder for the file", async () => {
    await expect(made({ format: "csv", open: true })).rejects.toMatchObject({ code: "usage" });
    await expect(made({ output: join(OLD, "\0") })).rejects.toMatchObject({ code: "failed", next: expect.any(String) });
  });
});

describe("compare", () => {
  const compared = (runs: readonly string[], force = false): Promise<void> =>
    compare(workspace(), runs, { results: "results", format: "json", force });

  it("refuses another kernel and names both; --force compares and says so", async () => {
    const { provenance } = exampleRun();
    await stored({ id: NEW, provenance: { ...provenance, host: { ...provenance.host, kernel: "6.1.0" } } });
    const difference = `kernel: 6.18.0 (${OLD}), 6.1.0 (${NEW})`;
    await expect(compared([OLD, NEW])).rejects.toMatchObject({ code: "usage", details: [difference] });
    await compared([OLD, NEW], true);
    expect(JSON.parse(printed[0] ?? "")).toMatchObject({ reference: OLD, differences: [difference] });
  });

  it("takes a pass for all of its repeats, but two passes for themselves", async () => {
    await stored({ id: NEW, series: NEW });
    await stored({ id: "20261124T100000Z-c3d4", series: NEW });
    await compared([OLD, NEW]);
    expect(JSON.parse(printed[0] ?? "").runs).toEqual([[OLD], [NEW, "20261124T100000Z-c3d4"]]);
    await compared(["20261124T09", "20261124T10"]);
    expect(JSON.parse(printed[1] ?? "").runs).toEqual([[NEW], ["20261124T100000Z-c3d4"]]);
  });

  it("needs two different runs", async () => {
    await expect(compared([OLD])).rejects.toMatchObject({ code: "usage", message: "a comparison needs two runs" });
    await expect(compared([OLD, "latest"])).rejects.toMatchObject({ message: "the same run is named twice" });
  });
});
