import { beforeAll, describe, expect, it } from "vitest";
import type { BuiltLab } from "../../src/pipeline/images.js";
import type { Bench } from "../../src/pipeline/inputs.js";
import { builtLab, type GuestTest, runGuest } from "./built.js";

let bench: Bench;
let built: BuiltLab;

beforeAll(async () => {
  ({ bench, built } = await builtLab());
});

const PATCHED = "localhost/majek-lab/django-8workers:3.13-majek";
const STOCK = "localhost/majek-lab/django-8workers:3.13";
const FULL = process.env["MAJEK_LAB_TEST_FULL"] === "1";
const USER = { user: "1000:1000", capabilities: [] };
const HARNESS = ["guest/harness"];
const SITE = ["guest/harness", "labs/django-8workers/app"];

/** unittest's last lines: how many ran, and the verdict. */
function verdict(text: string): string {
  return text.trim().split("\n").slice(-40).join("\n");
}

interface Suite extends Pick<GuestTest, "image" | "folders" | "user" | "capabilities"> {
  /** Where the tests are. */
  readonly directory: string;
  /** Arguments of `python3 -m unittest`. */
  readonly tests: string;
  /** Makes that folder, where it is not one of those that were copied. */
  readonly make?: string;
}

/** Runs tests that must pass. @returns why tests were skipped, each reason once, sorted */
async function reasonsToSkip({ directory, tests, make = "true", ...container }: Suite): Promise<string[]> {
  const script = `${make} && cd ${directory} && python3 -m unittest ${tests} -v 2>&1`;
  const { code, text } = await runGuest(bench, { ...container, script });
  expect(code, verdict(text)).toBe(0);
  expect(text).toMatch(/Ran [1-9]\d* tests/);
  const reasons = [...text.matchAll(/\.\.\. skipped (['"])(.*)\1$/gm)].map(([, , reason]) => reason ?? "");
  // So that no skipped test escapes the pattern above.
  expect(Number(/skipped=(\d+)/.exec(verdict(text))?.[1] ?? 0)).toBe(reasons.length);
  return [...new Set(reasons)].sort();
}

const ALL = "discover -t . -s tests";

describe("in the images of the flagship lab", () => {
  // Between them these three runs skip no test; with the site's they run side by side.
  it.concurrent("the harness passes its tests on the patched interpreter", async () => {
    const suite = { image: PATCHED, folders: HARNESS, directory: "guest/harness", tests: ALL, ...USER };
    expect(await reasonsToSkip(suite)).toEqual([
      "needs the right to make a PID namespace",
      "the real ones are here",
      "this interpreter can",
    ]);
  });

  it.concurrent("the harness passes its tests on the stock interpreter", async () => {
    const suite = { image: STOCK, folders: HARNESS, directory: "guest/harness", tests: ALL, ...USER };
    expect(await reasonsToSkip(suite)).toEqual([
      "needs the patched interpreter",
      "needs the right to make a PID namespace",
    ]);
  });

  it.concurrent("the harness passes its tests as the first process", async () => {
    const tests = "tests.test_gate.FirstProcessTest";
    const rights = { user: "0:0", capabilities: ["SYS_ADMIN"] };
    const suite = { image: STOCK, folders: HARNESS, directory: "guest/harness", tests, ...rights };
    expect(await reasonsToSkip(suite)).toEqual([]);
  });

  it.concurrent("the Django site passes its tests", async () => {
    const suite = { image: PATCHED, folders: SITE, directory: "labs/django-8workers/app", tests: ALL, ...USER };
    expect(await reasonsToSkip(suite)).toEqual([]);
  });

  it.runIf(FULL)("the site passes its tests on PostgreSQL", async () => {
    await builtLab("postgres");
    // What the lab file says: laid over the site of the flagship, without its tests.
    const folders = ["labs/django-8workers/app", "labs/postgres/app"];
    const make = `cp -r ${folders[0]} site && rm -r site/tests && cp -r ${folders[1]}/. site`;
    // PostgreSQL refuses root, and initdb a user without a name.
    const place = { folders, make, directory: "site", tests: ALL, user: "postgres", capabilities: [] };
    expect(await reasonsToSkip({ image: "localhost/majek-lab/postgres:3.13-majek", ...place })).toEqual([]);
  });

  it("the patched interpreter passes the patches' tests", async () => {
    const place = { folders: ["cpython-patch/tests"], directory: "cpython-patch", tests: "discover -s tests" };
    // bin/test-suite makes these builds; cpython-tests.test.ts runs the tests in one that has all but the first.
    const otherBuilds = ["needs a build with Py_MAJEK_STRING_SEGMENT_EVERYWHERE=1", "needs a build with _testcapi"];
    expect(await reasonsToSkip({ image: PATCHED, ...place, ...USER })).toEqual(otherBuilds);
  });

  it("no compiler, shell tool or pip is in the runtime image that the builder needed", async () => {
    const script = "for tool in gcc cc make patch pip; do if command -v $tool; then exit 1; fi; done";
    expect((await runGuest(bench, { image: PATCHED, folders: [], script, ...USER })).code).toBe(0);
  });

  it("stock and patched interpreters differ in the patch and in nothing that a wheel could see", async () => {
    const script = `python3 -c "import sys, sysconfig; print(sys.version_info[:3], sysconfig.get_config_var('SOABI'), hasattr(str, 'setmajekhack'))"`;
    const lines = await Promise.all(
      built.plan.images.map(async ({ tag }) =>
        (await runGuest(bench, { image: tag, folders: [], script, ...USER })).text.trim(),
      ),
    );
    const soabi = built.plan.platform === "linux/arm64" ? "aarch64" : "x86_64";
    const common = `(3, 13, 5) cpython-313-${soabi}-linux-gnu`;
    expect(lines.sort()).toEqual([`${common} False`, `${common} True`]);
  });
});
