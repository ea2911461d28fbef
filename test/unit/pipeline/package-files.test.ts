import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
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
