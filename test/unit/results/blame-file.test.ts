import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readBlame } from "../../../src/results/blame-file.js";

let run: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), "majek-blame-"));
  await mkdir(join(run, "blame"));
});
afterEach(() => rm(run, { recursive: true }));

const blame = {
  schemaVersion: 1,
  variant: "seal",
  requestsPerWorker: 2000,
  lostPages: 3,
  namedFraction: 1,
  causes: [{ name: "stack", pages: 3, only: 3 }],
  types: [],
  processes: [{ pid: 7, role: "worker", lost: 3, named: 3, collections: [1, 0, 0] }],
  pages: [{ address: "0x7f8c63a73000", mapping: "[stack]", verdicts: [{ processes: [0], subjects: [0] }] }],
};

it("the sums of a blame file are read, with its pages", async () => {
  await writeFile(join(run, "blame", "seal.json"), JSON.stringify(blame));
  expect(await readBlame(run, ["preload", "seal"])).toEqual([
    {
      variant: "seal",
      requestsPerWorker: 2000,
      lostPages: 3,
      namedFraction: 1,
      causes: blame.causes,
      types: [],
      processes: [{ role: "worker" }],
      pages: [{ address: "0x7f8c63a73000", verdicts: [{ processes: [0] }] }],
    },
  ]);
});

it("a blame file that is broken costs the report nothing but its section", async () => {
  await writeFile(join(run, "blame", "seal.json"), '{"causes": [');
  await writeFile(join(run, "blame", "preload.json"), JSON.stringify({ ...blame, pages: "none" }));
  expect(await readBlame(run, ["preload", "seal"])).toEqual([]);
});
