import { mkdtempSync, rmSync } from "node:fs";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RunResult } from "../../../src/model/run.js";
import { list } from "../../../src/pipeline/list.js";
import type { Workspace } from "../../../src/pipeline/workspace.js";
import { carriedFrom, measuredOf, readMeasured } from "../../../src/results/measured.js";
import { readEnvironment } from "../../../src/system/env.js";
import { exampleCheckpoint, exampleRun, exampleVariant } from "../results/example-run.js";

const ROOT = resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "majek-list-"));
afterAll(() => rmSync(folder, { recursive: true }));

const workspace = {
  environment: readEnvironment({ HOME: folder }),
  workingDirectory: folder,
  packageRoot: join(folder, "package"),
} as unknown as Workspace;

async function store(run: RunResult, id: string): Promise<void> {
  const directory = join(folder, "results", run.lab, id);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "run.json"), JSON.stringify({ ...run, id }));
}

const whole = exampleVariant("preload", [exampleCheckpoint(0), exampleCheckpoint(2000)]);
const RUN: RunResult = {
  ...exampleRun({ variants: { preload: whole, freeze: whole } }),
  lab: "gc-timing",
  status: "complete",
  startedAt: "2026-01-01T00:00:00.000Z",
  finishedAt: "2026-01-01T00:05:00.000Z",
};
const SHIPPED = {
  mode: "short",
  requestsPerWorker: 200,
  seconds: 130,
  fleetBytes: 300e6,
  cpus: 2,
  loadAverage: 0.5,
  startedAt: "2026-01-01T00:00:00.000Z",
};

beforeAll(async () => {
  for (const name of ["django-8workers", "gc-timing", "blog-2008"])
    await cp(join(ROOT, "labs", name), join(folder, "package/labs", name), { recursive: true });
  await writeFile(join(folder, "package/labs/blog-2008/lab.yaml"), "name: [");
  const labs = { "gc-timing": SHIPPED, "django-8workers": SHIPPED };
  await writeFile(join(folder, "package/labs/measured.json"), JSON.stringify({ schemaVersion: 1, labs }));
  await store(RUN, "20260101T000000Z-aaaa");
  await store({ ...RUN, status: "partial" }, "20260102T000000Z-aaaa");
  // One variant of two says nothing about the time that both take.
  await store(
    { ...RUN, variants: { preload: whole }, finishedAt: "2026-01-01T00:01:00.000Z" },
    "20260103T000000Z-aaaa",
  );
});

it("knows what is downloaded, what a fleet took, and how long that was", async () => {
  const { labs } = JSON.parse(await list(workspace, "json"));
  const [blog, django, gc] = labs;
  const lock = JSON.parse(await readFile(join(ROOT, "labs/django-8workers/lab.lock"), "utf8"));
  const block = lock.platforms["linux/amd64"];
  const files = ["base", "builder", "sources", "python", "pythonBuild"].flatMap((key) => block[key]);
  const bytes = [...new Map(files.map(({ sha256, size }) => [sha256, size])).values()].reduce((a, b) => a + b, 0);
  // Nothing is at hand here, and appFrom has the lock of the other.
  expect([django.inputBytes, django.downloadBytes, gc.inputBytes]).toEqual([bytes, bytes, bytes]);
  expect([django.measuredFrom, django.measured]).toEqual(["package", SHIPPED]);
  expect(gc.measuredFrom).toBe("results");
  expect(gc.measured).toEqual(measuredOf(RUN));
  expect(gc.measured.seconds).toBe(300);
  expect([blog.title, blog.inputBytes, blog.measured]).toEqual([expect.stringContaining("validate"), null, null]);
});

it("says in the table which run took so long", async () => {
  const lines = (await list(workspace, "table")).split("\n");
  expect(lines[2]).toMatch(/^django-8workers +6 +\d+ +\d+ +2,147 +300 +2 min \(run --short, 200\) +Eight Django/);
  expect(lines[3]).toMatch(/^gc-timing .* 5 min \(\S+, [\d,]+\) /);
  expect(lines[1]).toMatch(/^blog-2008 +0 +- +- +- +- +- +\(majek-lab validate names its problems\)/);
});

it("counts nothing of a run that did not come to its end", () => {
  expect(measuredOf({ ...RUN, status: "partial" })).toBeUndefined();
  expect(measuredOf({ ...RUN, finishedAt: null })).toBeUndefined();
});

it("counts nothing of an up that found fleets of an earlier run: it took less time than all of them", () => {
  const [name = "", result] = Object.entries(RUN.variants)[0] ?? [];
  if (result === undefined) throw new Error("the example has no variant");
  const carried = { ...result, warnings: [carriedFrom("20260101T000000Z-aaaa")] };
  expect(measuredOf({ ...RUN, mode: "up", variants: { ...RUN.variants, [name]: carried } })).toBeUndefined();
  expect(measuredOf({ ...RUN, mode: "up" })).toBeDefined();
});

it("finds nothing in a package without measurements, and refuses what is none", async () => {
  expect(await readMeasured(folder)).toEqual({});
  await mkdir(join(folder, "labs"), { recursive: true });
  await writeFile(join(folder, "labs/measured.json"), '{"schemaVersion":1,"labs":{"x":{}}}');
  await expect(readMeasured(folder)).rejects.toThrow();
});
