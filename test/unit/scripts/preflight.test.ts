import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const SCRIPT = resolve(import.meta.dirname, "../../../scripts/preflight.sh");
/** The trees of django-8workers: two root file systems, the probe, two interpreters, the application on each. */
const TREES = 7;
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "majek-lab-preflight-"));
  await mkdir(join(folder, "bin"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs it where every disk has so much space, with so many trees in the content store. */
async function preflight(freeGigabytes: number, trees: number): Promise<{ status: number | null; said: string }> {
  const df = join(folder, "bin/df");
  const row = `/dev/disk 99999999 1 ${freeGigabytes * 1_048_576} 1% /`;
  await writeFile(df, `#!/bin/sh\necho Filesystem\necho "${row}"\n`);
  // As much memory as anybody wants; everything else is asked of the real one.
  const awk = join(folder, "bin/awk");
  const real = spawnSync("sh", ["-c", "command -v awk"], { encoding: "utf8" }).stdout.trim();
  await writeFile(awk, `#!/bin/sh\n[ "$2" = /proc/meminfo ] && echo 8000 || exec ${real} "$@"\n`);
  for (const program of [df, awk]) await chmod(program, 0o755);
  for (let tree = 0; tree < trees; tree += 1) {
    await mkdir(join(folder, "cache/derived", String(tree)), { recursive: true });
    await writeFile(join(folder, "cache/derived", String(tree), "tree.tar"), "");
  }
  const env = {
    ...process.env,
    PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
    MAJEK_LAB_CACHE: join(folder, "cache"),
  };
  const { status, stdout, stderr } = spawnSync(SCRIPT, { env, encoding: "utf8" });
  return { status, said: stdout + stderr };
}

describe("preflight", () => {
  it.each([0, 1, TREES - 1])("wants room for a whole build when %i trees are there", async (trees) => {
    const { status, said } = await preflight(5, trees);
    expect([status, said]).toEqual([1, expect.stringContaining("10 GB of free disk are needed")]);
  });

  it.each([0, 1, TREES - 1])("says how long it may take when %i trees are there", async (trees) => {
    expect(await preflight(20, trees)).toEqual({ status: 0, said: expect.stringMatching(/expect .*25 minutes/) });
  });

  it("wants little when everything is built", async () => {
    expect(await preflight(5, TREES)).toEqual({ status: 0, said: "" });
    expect((await preflight(1, TREES)).said).toContain("2 GB of free disk are needed");
  });
});
