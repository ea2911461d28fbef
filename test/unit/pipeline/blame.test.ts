import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BlameResult } from "../../../src/model/blame.js";
import { type BlameOptions, blame } from "../../../src/pipeline/blame.js";
import type { Workspace } from "../../../src/pipeline/workspace.js";
import { writeBlame } from "../../../src/results/blame.js";
import { createRun } from "../../../src/results/store.js";
import { exampleRun } from "../results/example-run.js";

const ID = "20261123T182000Z-a1b2";
let folder = "";
let printed: string[] = [];

/** A variant whose one worker lost these pages to a cause. */
function blamed(variant: string, cause: BlameResult["subjects"][number]["cause"], addresses: string[]): BlameResult {
  return {
    schemaVersion: 1,
    run: ID,
    lab: "django-8workers",
    variant,
    requestsPerWorker: 2000,
    python: "3.13.5",
    pageSize: 4096,
    p0Pages: 10,
    lostPages: addresses.length,
    namedFraction: 1,
    seconds: { saving: 0, reading: 0, analysing: 0 },
    processes: [{ pid: 7, role: "worker", lost: addresses.length, named: addresses.length, collections: [0, 0, 0] }],
    causes: [],
    types: [],
    modules: [],
    subjects: [{ cause, type: "str", module: "", example: "" }],
    pages: addresses.map((address) => ({ address, mapping: "", verdicts: [{ processes: [0], subjects: [0] }] })),
  };
}

const shown = async (options: Partial<BlameOptions>): Promise<string> => {
  const workspace = {
    workingDirectory: folder,
    terminal: {},
    print: (text: string) => void printed.push(text),
  } as unknown as Workspace;
  await blame(workspace, "latest", { results: "results", format: "table", top: 5, ...options });
  return printed.at(-1) ?? "";
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "majek-lab-blamed-"));
  printed = [];
  const writer = await createRun(join(folder, "results"), exampleRun({ id: ID }));
  await writer.close();
  await writeBlame(writer.directory, blamed("preload", "reference count", ["0x7f0000001000"]));
  await writeBlame(writer.directory, blamed("quiet", "stack", []));
  await writeBlame(writer.directory, blamed("seal", "gc header", ["0x7f0000002000"]));
});
afterEach(() => rm(folder, { recursive: true }));

describe("blame of a run with several variants", () => {
  it("says of each what fixing a cause would save, though not all have it", async () => {
    expect(await shown({ whatIf: "gc header" })).toBe(
      [
        "preload: Without gc header: 0 of 1 lost pages would be shared (0.0 MB).",
        "quiet: Without gc header: 0 of 0 lost pages would be shared (0.0 MB).",
        "seal: Without gc header: 1 of 1 lost pages would be shared (0.0 MB).",
      ].join("\n"),
    );
    const all = JSON.parse(await shown({ whatIf: "gc header", format: "json" })) as { savedPages: number }[];
    expect(all.map(({ savedPages }) => savedPages)).toEqual([0, 0, 1]);
  });

  it("refuses a cause that none of them has", async () => {
    await expect(shown({ whatIf: "the moon" })).rejects.toMatchObject({
      code: "usage",
      message: 'nothing was blamed on "the moon"',
    });
  });

  it("has one CSV header, whoever lost nothing", async () => {
    const rows = (await shown({ format: "csv" })).split("\n");
    expect(rows.map((row) => row.split(",")[0])).toEqual(["variant", "preload", "seal"]);
  });

  it("has a page as CSV in those that lost it", async () => {
    const rows = (await shown({ format: "csv", page: "0x7f0000002010" })).split("\n");
    expect(rows.map((row) => row.split(",")[0])).toEqual(["variant", "seal"]);
    await expect(shown({ format: "csv", page: "0x1000" })).rejects.toMatchObject({ code: "usage" });
  });
});
