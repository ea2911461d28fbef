import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSeries, readVersion } from "../../../src/pipeline/package-files.js";

const ROOT = resolve(import.meta.dirname, "../../..");
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "majek-lab-package-"));
  await cp(join(ROOT, "cpython-patch"), join(folder, "cpython-patch"), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

describe("what the package says about itself", () => {
  it("is its version, and the interpreters with their patches", async () => {
    expect(await readVersion(ROOT)).toMatch(/^\d+\.\d+\.\d+/);
    const { "3.13": series } = await readSeries(folder);
    expect(series).toMatchObject({ version: expect.stringMatching(/^3\.13\.\d+$/), patches: expect.any(Array) });
  });

  it("names every field that does not fit", async () => {
    const good = { version: "3.13.5", archive: "x.tar.xz", sha256: "0".repeat(64), regen: [] };
    const versions = { "3.13": { ...good, sha256: "00", regen: [1] }, "3.14": null, "3.15": good };
    await writeFile(join(folder, "cpython-patch/versions.json"), JSON.stringify(versions));
    await expect(readSeries(folder)).rejects.toMatchObject({
      code: "failed",
      details: ["3.13.sha256", "3.13.regen", "3.14.version", "3.14.archive", "3.14.sha256", "3.14.regen"],
    });
  });
});

const DIFF = "diff --git a/x.c b/x.c\n--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-old\n+new\n";

async function patchesWith(message: string) {
  const version = { version: "9.9.1", archive: "python.tar.xz", sha256: "a".repeat(64), regen: ["regen-cases"] };
  await mkdir(join(folder, "cpython-patch/9.9"), { recursive: true });
  await writeFile(join(folder, "cpython-patch/versions.json"), JSON.stringify({ "9.9": version }));
  await writeFile(join(folder, "cpython-patch/9.9/series"), "# in order\nsecond.patch\n\nfirst.patch # last\n");
  await writeFile(join(folder, "cpython-patch/9.9/first.patch"), `${message}${DIFF}`);
  await writeFile(join(folder, "cpython-patch/9.9/second.patch"), DIFF.replaceAll("new", "newer"));
  return (await readSeries(folder))["9.9"]?.patches;
}

describe("the series of a minor", () => {
  it("is in the order of its file, without comments", async () => {
    expect((await patchesWith(""))?.map(({ name }) => name)).toEqual(["second.patch", "first.patch"]);
  });

  it("builds the same whatever the messages of its patches say", async () => {
    const before = await patchesWith("Subject: [PATCH] one thing\n\nWhy: 1 page\n\n");
    expect(await patchesWith("Subject: [PATCH] said better\n\nWhy: 2 pages\n\n")).toEqual(before);
    expect(before?.[1]?.text).toBe(DIFF);
  });

  it("builds anew when a diff changes", async () => {
    const [, before] = (await patchesWith("")) ?? [];
    const [, after] = (await patchesWith("diff --git a/y.c b/y.c\n")) ?? [];
    expect(after?.sha256).not.toBe(before?.sha256);
  });
});
