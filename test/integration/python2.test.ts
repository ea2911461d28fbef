import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BlameResult } from "../../src/model/blame.js";
import type { RunResult } from "../../src/model/run.js";
import type { Bench } from "../../src/pipeline/inputs.js";
import { builtLab, type GuestTest, keepLab, ROOT, runGuest } from "./built.js";

const STOCK = "localhost/majek-lab/blog-2008:2.7";
const PATCHED = `${STOCK}-majek`;
const USER = { user: "1000:1000", capabilities: [] };
const ALL = "discover -t . -s tests";

let bench: Bench;

beforeAll(async () => {
  ({ bench } = await builtLab("blog-2008"));
});

/** Runs tests of a folder that must pass. @returns why tests were skipped, each reason once, sorted */
async function reasonsToSkip(
  place: Pick<GuestTest, "image" | "folders"> & { readonly directory: string; readonly tests: string },
): Promise<string[]> {
  const script = `cd ${place.directory} && python2 -m unittest ${place.tests} -v 2>&1`;
  const { code, text } = await runGuest(bench, { ...place, ...USER, script });
  expect(code, text.trim().split("\n").slice(-40).join("\n")).toBe(0);
  expect(text).toMatch(/Ran [1-9]\d* tests/);
  const reasons = [...text.matchAll(/\.\.\. skipped (['"])(.*)\1$/gm)].map(([, , reason]) => reason ?? "");
  expect(Number(/skipped=(\d+)/.exec(text)?.[1] ?? 0)).toBe(reasons.length);
  return [...new Set(reasons)].sort();
}

describe("in the images of blog-2008", () => {
  it("the patched interpreter passes the patches' tests", async () => {
    const folder = "cpython-patch/tests/2.7";
    const place = { folders: [folder], directory: folder, tests: "discover -s ." };
    expect(await reasonsToSkip({ image: PATCHED, ...place })).toEqual(["needs a compiler"]);
  });

  // Between them these two run every test of the harness.
  it.each([
    [PATCHED, ["this interpreter can"]],
    [STOCK, ["needs the patched interpreter"]],
  ])("the harness passes its tests in %s", async (image, reasons) => {
    const place = { folders: ["guest/harness2"], directory: "guest/harness2", tests: ALL };
    expect(await reasonsToSkip({ image, ...place })).toEqual(reasons);
  });

  it("the blog passes its tests, and its workers keep sharing all of the segment", async () => {
    const place = { folders: ["labs/blog-2008/app"], directory: "labs/blog-2008/app", tests: ALL };
    expect(await reasonsToSkip({ image: PATCHED, ...place })).toEqual([]);
  });

  it("byte code is taken as it is, though its sources got other times", async () => {
    const script = `python2 -v -c 'import django.conf, json, mysite.settings, majek_harness.config' 2>&1`;
    const { code, text } = await runGuest(bench, { image: PATCHED, folders: [], script, ...USER });
    expect(code, text).toBe(0);
    expect(text).toContain("# /srv/lab/lib/django/conf/__init__.pyc matches");
    expect(text).not.toContain("has bad mtime");
    expect(text).not.toMatch(/^import \S+ # from \S+\.py$/m);
  });

  it("the patch names itself, and the stock interpreter does not", async () => {
    const script = `python2 -c "import sys; print(sys.version_info[:3], sys.version.endswith(' majek-lab'))"`;
    const said = async (image: string) => (await runGuest(bench, { image, folders: [], script, ...USER })).text.trim();
    expect(await said(STOCK)).toBe("((2, 7, 18), False)");
    expect(await said(PATCHED)).toBe("((2, 7, 18), True)");
  });
});

describe("the lab's short run", () => {
  let results: string;

  beforeAll(async () => {
    results = await mkdtemp(join(tmpdir(), "majek-blog-"));
  });
  afterAll(() => rm(results, { recursive: true }));

  it("measures both variants and meets what the lab expects", async () => {
    const words = ["dist/cli/main.js", "run", "blog-2008", "--short", "--results", results, "--progress", "quiet"];
    const kept = await keepLab("blog-2008");
    // Rejects with what it said, unless it ends with 0.
    await promisify(execFile)("node", words, { cwd: ROOT }).finally(kept.release);
    const run: RunResult = JSON.parse(await readFile(join(results, "blog-2008/latest/run.json"), "utf8"));
    expect(Object.keys(run.variants)).toEqual(["no-hack", "majekhack"]);
    expect(run.expectations.length).toBeGreaterThan(0);
    expect(run.expectations.map(({ status }) => status)).toEqual(run.expectations.map(() => "met"));
    for (const variant of Object.keys(run.variants)) {
      const blame: BlameResult = JSON.parse(
        await readFile(join(results, `blog-2008/latest/blame/${variant}.json`), "utf8"),
      );
      expect(blame.python).toBe("2.7.18");
      expect(blame.lostPages).toBeGreaterThan(1000);
      expect(blame.namedFraction).toBeGreaterThanOrEqual(0.95);
    }
  });
});
