import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bench, openBench } from "../../src/pipeline/inputs.js";
import { readSeries } from "../../src/pipeline/package-files.js";
import { builtLab, ROOT, runGuest, testWorkspace, upstreamArchive } from "./built.js";

const SUITE = join(ROOT, "cpython-patch/suite");
const IMAGE = "localhost/majek-lab/django-8workers:3.13";
const FULL = process.env["MAJEK_LAB_TEST_FULL"] === "1";
const MINUTES = 60_000;

let bench: Bench;
let scratch: string;

async function archive(): Promise<string> {
  const version = (await readSeries(ROOT))["3.13"];
  if (version === undefined) throw new Error("there is no series for 3.13");
  return upstreamArchive(version);
}

/** Images have no tests in their library: takes them from the upstream archive, without their data. */
async function extractTests(): Promise<void> {
  const inTest = ["*.py", "support/*.py", "support/*/*.py", "libregrtest/*.py"].map((name) => `*/Lib/test/${name}`);
  const options = ["--no-same-owner", "--strip-components=2", "--wildcards", "--no-wildcards-match-slash"];
  const { status, stderr } = spawnSync(
    "tar",
    ["--extract", ...options, `--directory=${scratch}`, `--file=${await archive()}`, ...inTest],
    { encoding: "utf8" },
  );
  expect(status, stderr).toBe(0);
}

/** Runs the quick tests in an image. @returns the file with how each ended */
async function outcomes(image: string, option: string): Promise<string> {
  const names = (await readFile(join(SUITE, "quick.txt"), "utf8")).replace(/#.*/g, "").split(/\s+/).join(" ");
  const { code, text } = await runGuest(bench, {
    image,
    folders: ["cpython-patch/suite", { name: "tests/test", path: join(scratch, "test") }],
    script: `python3 cpython-patch/suite/outcomes.py ${option} ${names}`,
    user: "1000:1000",
    capabilities: [],
    env: { PYTHONPATH: "/tmp/tests" },
  });
  expect(code, text).toBe(0);
  const file = join(scratch, `${image.replace(/.*:/, "")}${option}.json`);
  await writeFile(file, text.slice(0, text.lastIndexOf("}") + 1));
  return file;
}

describe("CPython's own tests", () => {
  beforeAll(async () => {
    await builtLab();
    bench = await openBench(testWorkspace());
    scratch = await mkdtemp(join(tmpdir(), "majek-lab-cpython-"));
    await extractTests();
  }, 10 * MINUTES);

  afterAll(async () => {
    await rm(scratch, { recursive: true, force: true });
  });

  it(
    "end on the patched and on the sealed interpreter as they do on stock",
    async () => {
      const [stock, patched, sealed] = await Promise.all([
        outcomes(IMAGE, ""),
        outcomes(`${IMAGE}-majek`, ""),
        outcomes(`${IMAGE}-majek`, "--seal"),
      ]);
      const { status, stdout } = spawnSync(
        join(ROOT, "cpython-patch/bin/test-suite"),
        ["compare", stock, `patched=${patched}`, `sealed=${sealed}`],
        { encoding: "utf8" },
      );
      expect(status, stdout).toBe(0);
      expect(stdout).toMatch(/^sealed: [1-9]\d{2,} of [1-9]\d{2,} tests passed, /m);
    },
    10 * MINUTES,
  );

  it.runIf(FULL)(
    "of all that the patches touch end as on stock, in interpreters with everything that only tests need",
    async () => {
      const { status, stdout, stderr } = spawnSync(
        join(ROOT, "cpython-patch/bin/test-suite"),
        ["3.13", await archive(), join(scratch, "build")],
        { encoding: "utf8" },
      );
      expect(status, stdout + stderr).toBe(0);
    },
    120 * MINUTES,
  );

  it.runIf(FULL)(
    "are there with the patches' own, which pass in such an interpreter, too",
    () => {
      const python = join(scratch, "build/patched/build/python");
      const command = ["-m", "unittest", "discover", "-v", "-s", "."];
      const cwd = join(ROOT, "cpython-patch/tests");
      const { status, stderr } = spawnSync(python, command, { cwd, encoding: "utf8" });
      expect(status, stderr).toBe(0);
      expect(stderr).toContain("OK (skipped=1)");
    },
    20 * MINUTES,
  );
});
