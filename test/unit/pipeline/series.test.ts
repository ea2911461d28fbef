import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSeries } from "../../../src/pipeline/package-files.js";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "majek-package-"));
  await mkdir(join(root, "cpython-patch/9.9"), { recursive: true });
  const version = { version: "9.9.1", archive: "python.tar.xz", sha256: "a".repeat(64), regen: ["regen-cases"] };
  await writeFile(join(root, "cpython-patch/versions.json"), JSON.stringify({ "9.9": version }));
  await writeFile(join(root, "cpython-patch/9.9/series"), "# order matters\nsecond.patch\n\nfirst.patch # and last\n");
});

afterEach(() => rm(root, { recursive: true }));

const DIFF = "diff --git a/x.c b/x.c\n--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-old\n+new\n";

async function patchesWith(message: string) {
  await writeFile(join(root, "cpython-patch/9.9/first.patch"), `${message}${DIFF}`);
  await writeFile(join(root, "cpython-patch/9.9/second.patch"), DIFF.replaceAll("new", "newer"));
  return (await readSeries(root))["9.9"]?.patches;
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
