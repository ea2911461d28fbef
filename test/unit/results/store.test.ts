import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newRunId, RUN_ID } from "../../../src/results/ids.js";
import { listRuns, locateRun } from "../../../src/results/locate.js";
import { readRun, readSamples } from "../../../src/results/read.js";
import { createRun } from "../../../src/results/store.js";
import { exampleRecord, exampleRun } from "./example-run.js";

let results = "";
beforeEach(async () => {
  results = await realpath(await mkdtemp(join(tmpdir(), "majek-results-")));
});
afterEach(() => rm(results, { recursive: true, force: true }));

const starting = (id: string, lab = "django-8workers") =>
  exampleRun({ id, lab, variants: {}, expectations: [], status: "partial", finishedAt: null });

async function storedRun(id: string, lab = "django-8workers"): Promise<string> {
  const writer = await createRun(results, starting(id, lab));
  await writer.write(exampleRun({ id, lab }));
  await writer.close();
  return writer.directory;
}

describe("run ids", () => {
  it("sort by time", () => {
    const early = newRunId(new Date("2026-11-23T18:20:00.999Z"), "ffff");
    const late = newRunId(new Date("2026-11-23T18:20:01Z"), "0000");
    expect(early).toBe("20261123T182000Z-ffff");
    expect(early < late).toBe(true);
    expect(newRunId(new Date())).toMatch(RUN_ID);
  });
});

describe("the store", () => {
  it("gives back what was written", async () => {
    const writer = await createRun(results, starting("20261123T182000Z-a1b2"));
    await writer.appendSample(exampleRecord(0));
    await writer.appendSample(exampleRecord(2000));
    await writer.write(exampleRun());
    await writer.close();
    expect(await readRun(writer.directory)).toEqual(exampleRun());
    expect(await readSamples(writer.directory)).toEqual([exampleRecord(0), exampleRecord(2000)]);
    expect((await readdir(writer.directory)).sort()).toEqual(["run.json", "samples.csv", "samples.ndjson"]);
  });

  it("writes one CSV row per process and sample, all with the same number of cells", async () => {
    const writer = await createRun(results, starting("20261123T182000Z-a1b2"));
    await writer.appendSample(exampleRecord(2000));
    await writer.write(exampleRun());
    await writer.close();
    const lines = (await readFile(join(writer.directory, "samples.csv"), "utf8")).trimEnd().split("\n");
    expect(lines[1]).toBe(
      "20261123T182000Z-a1b2,django-8workers,seal,2000,master,1,8000,,,8,2,0.975,,48000000,8100000,196608,pfn",
    );
    expect(lines).toHaveLength(4);
    expect(new Set(lines.map((line) => line.split(",").length))).toEqual(new Set([17]));
  });

  it("never writes into an existing run", async () => {
    await storedRun("20261123T182000Z-a1b2");
    await expect(createRun(results, starting("20261123T182000Z-a1b2"))).rejects.toMatchObject({ code: "failed" });
  });

  it("says where it cannot write, and leaves nothing of a run that could not begin", async () => {
    await writeFile(join(results, "small"), "a file where a folder should be");
    await expect(createRun(results, starting("20261123T182000Z-a1b2", "small"))).rejects.toMatchObject({
      code: "failed",
      where: join(results, "small", "20261123T182000Z-a1b2"),
      next: expect.stringContaining("--results"),
    });
    await mkdir(join(results, "latest"));
    const writer = await createRun(results, starting("20261123T182000Z-a1b2"));
    await expect(writer.write(exampleRun())).rejects.toMatchObject({ code: "failed", where: writer.directory });
    await writer.close();
  });

  it("moves `latest` only once a run has a variant", async () => {
    await storedRun("20261123T182000Z-aaaa");
    const next = await createRun(results, starting("20261123T182100Z-bbbb"));
    expect(await readlink(join(results, "latest"))).toBe("django-8workers/20261123T182000Z-aaaa");
    await next.write(exampleRun({ id: "20261123T182100Z-bbbb" }));
    expect(await readlink(join(results, "latest"))).toBe("django-8workers/20261123T182100Z-bbbb");
    expect(await readlink(join(results, "django-8workers", "latest"))).toBe("20261123T182100Z-bbbb");
    await next.close();
  });

  it("keeps `latest` where it is while a run has only a part of a variant", async () => {
    await storedRun("20261123T182000Z-aaaa");
    const next = await createRun(results, starting("20261123T182100Z-bbbb"));
    const { seal } = exampleRun().variants;
    if (seal === undefined) throw new Error("no seal");
    const part = exampleRun({ id: "20261123T182100Z-bbbb", variants: { seal: { ...seal, incomplete: true } } });
    await next.write(part);
    await next.close();
    expect(await readlink(join(results, "latest"))).toBe("django-8workers/20261123T182000Z-aaaa");
    expect(await readRun(next.directory)).toEqual(part);
  });

  it("leaves out a sample line that a kill cut short", async () => {
    const directory = await storedRun("20261123T182000Z-a1b2");
    const line = JSON.stringify(exampleRecord(0));
    await appendFile(join(directory, "samples.ndjson"), `${line}\n${line.slice(0, 100)}`);
    expect(await readSamples(directory)).toEqual([exampleRecord(0)]);
  });

  it("says which sample line is damaged", async () => {
    const directory = await storedRun("20261123T182000Z-a1b2");
    await appendFile(join(directory, "samples.ndjson"), `${JSON.stringify(exampleRecord(0))}\n{"schemaVersion":1}\n`);
    await expect(readSamples(directory)).rejects.toMatchObject({ where: expect.stringMatching(/samples\.ndjson:2$/) });
  });

  it("keeps a readable run when its process is killed while it writes", async () => {
    const writer = resolve(import.meta.dirname, "endless-writer.ts");
    const loader = resolve(import.meta.dirname, "../../helpers/typescript-loader.mjs");
    const child = spawn(process.execPath, ["--import", loader, writer, results], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    const [run] = await listRuns(results);
    expect(run).toBeDefined();
    const directory = run?.directory ?? "";
    expect((await readRun(directory)).status).toBe("partial");
    expect((await readSamples(directory)).length).toBeGreaterThanOrEqual(20);
  });
});

describe("reading", () => {
  it.each([
    ["another version", '{"schemaVersion": 2}', /schemaVersion 2; this release reads 1/],
    ["no version", "{}", /no schemaVersion/],
    ["no object", "null", /no schemaVersion/],
    ["no JSON", "{", /not a result of majek-lab/],
    ["a wrong field", '{"schemaVersion": 1}', /not a valid result/],
  ])("refuses %s", async (_, text, message) => {
    await writeFile(join(results, "run.json"), text);
    await expect(readRun(results)).rejects.toMatchObject({ code: "failed", message: expect.stringMatching(message) });
  });

  it("names every field that does not fit", async () => {
    await writeFile(join(results, "run.json"), JSON.stringify({ ...exampleRun(), lab: 5, mode: "walk" }));
    const error: { details?: readonly string[] } = await readRun(results).catch((reason) => reason);
    expect(error.details?.map((line) => line.split(":")[0])).toEqual(["lab", "mode"]);
  });
});

describe("finding a run", () => {
  it("beside folders that nobody may read", async () => {
    await storedRun("20261123T182000Z-aaaa");
    // Root may read every folder, but nobody follows a link to itself.
    await symlink("loop", join(results, "loop"));
    expect((await listRuns(results)).map(({ id }) => id)).toEqual(["20261123T182000Z-aaaa"]);
  });

  it("by path, file, id prefix, latest and latest:LAB", async () => {
    const first = await storedRun("20261123T182000Z-aaaa", "small");
    const second = await storedRun("20261124T182000Z-bbbb");
    expect((await locateRun(first, results)).directory).toBe(first);
    expect((await locateRun(join(first, "run.json"), results)).lab).toBe("small");
    expect((await locateRun("20261123", results)).directory).toBe(first);
    expect((await locateRun("latest", results)).directory).toBe(second);
    expect((await locateRun("latest:small", results)).directory).toBe(first);
  });

  it("knows the latest run without links, as after a copy", async () => {
    await storedRun("20261123T182000Z-aaaa");
    const second = await storedRun("20261124T182000Z-bbbb");
    await rm(join(results, "latest"));
    expect((await locateRun("latest", results)).directory).toBe(second);
  });

  it("lists the candidates of an ambiguous id", async () => {
    await storedRun("20261123T182000Z-aaaa");
    await storedRun("20261123T182000Z-bbbb");
    await expect(locateRun("20261123T", results)).rejects.toMatchObject({
      code: "usage",
      details: ["20261123T182000Z-aaaa  django-8workers", "20261123T182000Z-bbbb  django-8workers"],
    });
  });

  it.each(["nothing", "", "latest", "latest:none", "/nonexistent"])("says so when nothing matches %j", async (run) => {
    await expect(locateRun(run, join(results, "missing"))).rejects.toMatchObject({ code: "usage" });
  });
});
