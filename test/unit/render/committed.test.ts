import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readLock } from "../../../src/lock/file.js";
import { isPython2 } from "../../../src/model/guest.js";
import { readSeries } from "../../../src/pipeline/package-files.js";
import { type CommittedFile, renderCommitted } from "../../../src/render/committed.js";
import { preparationOf } from "../../../src/render/lab.js";
import { listLabs } from "../../../src/spec/find.js";
import { loadLab } from "../../../src/spec/load.js";
import { SERIES } from "../plan/fixtures.js";
import { ROOT, templates } from "./fixtures.js";

const FOLDER = join(ROOT, "dockerfiles");

async function labShapes() {
  const labs = await listLabs({ workingDirectory: "/nonexistent", packageRoot: ROOT });
  const shapes = await Promise.all(
    labs.map(async ({ directory }) => {
      const { spec, lockFile } = await loadLab(directory);
      if (spec.appFrom !== null) return [];
      const locked = Object.values((await readLock(lockFile))?.platforms ?? {}).flatMap(({ python }) => python);
      const sourceDistributions = locked.some(({ kind }) => kind === "sdist");
      const python2 = spec.variants.some(({ python }) => isPython2(python));
      return [{ lab: spec.name, ...preparationOf(spec.app), python2, sourceDistributions }];
    }),
  );
  return shapes.flat();
}

function committed(): CommittedFile[] {
  return readdirSync(FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => {
      const file = join(parentPath, name);
      return { path: file.slice(FOLDER.length + 1), text: readFileSync(file, "utf8") };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

describe("dockerfiles/", () => {
  it("holds what the templates give and nothing else; otherwise: make generate", async () => {
    expect(committed()).toEqual(renderCommitted(templates(), await readSeries(ROOT), await labShapes()));
  });

  it("says in each first line that it is generated, and from what", () => {
    for (const { text } of committed()) {
      expect(text).toMatch(/^# GENERATED from templates\/\S+\.hbs by `majek-lab generate`; do not edit\.\n/);
    }
  });

  it("has no patched interpreter where there are no patches", () => {
    const series = { "3.14": { ...SERIES["3.13"], version: "3.14.0", patches: [] } };
    const paths = renderCommitted(templates(), series, []).map(({ path }) => path);
    expect(paths).toEqual(["probe/Dockerfile", "python/3.14/Dockerfile"]);
  });
});
