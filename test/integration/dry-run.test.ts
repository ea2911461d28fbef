import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeLock } from "../../src/lock/file.js";
import { describePlan } from "../../src/pipeline/dry-run.js";
import { lockWith } from "../../src/pipeline/expected.js";
import { buildImages } from "../../src/pipeline/images.js";
import { type Bench, openLab, planWithInputs } from "../../src/pipeline/inputs.js";
import { planRecipes } from "../../src/pipeline/recipes.js";
import { openStore } from "../../src/system/store.js";
import { builtLab, ROOT } from "./built.js";

const OPTIONS = { results: "results", waitTimeout: 60, blame: true, format: "table" } as const;
const LAB = join(ROOT, "labs/django-8workers");
let folder = "";
let bench: Bench;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "majek-dry-run-"));
  ({ bench } = await builtLab());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The lines of the answer, by their titles. */
async function plan(directory: string, on: Bench = bench): Promise<Record<string, string>> {
  const text = await describePlan(on, await openLab(on.workspace, directory), OPTIONS);
  return Object.fromEntries(text.split("\n").map((line) => [line.slice(0, 10).trim(), line.slice(12)]));
}

describe("up --dry-run", () => {
  it("says what is at hand", async () => {
    const said = await plan(LAB);
    expect(said).toMatchObject({ lock: "current", download: "0 files, 0.0 MB", "to build": "nothing" });
    expect(said["in store"]).toContain("CPython 3.13.5, Application on Python 3.13, CPython 3.13.5 with patches");
    expect(said["on engine"]).toBe(
      "localhost/majek-lab/django-8workers:3.13, localhost/majek-lab/django-8workers:3.13-majek",
    );
  });

  it("says what an empty store lets it download and compile", async () => {
    const empty = { ...bench, store: openStore({ cacheDir: join(folder, "cache"), inputs: [] }) };
    const copy = join(folder, "unrecorded");
    await cp(LAB, copy, { recursive: true });
    // Images that the lock vouches for would need nothing.
    const file = join(copy, "lab.lock");
    const lock = JSON.parse(await readFile(file, "utf8"));
    for (const block of Object.values<{ expected?: unknown }>(lock.platforms)) block.expected = null;
    await writeFile(file, JSON.stringify(lock));
    const said = await plan(copy, empty);
    expect(said["download"]).toMatch(/^[1-9]\d* files, [1-9]\d*\.\d MB$/);
    expect(said["to build"]).toMatch(
      /root file system \(base\).*Probe, CPython 3\.13\.5, .*CPython 3\.13\.5 with patches/,
    );
    expect(said["in store"]).toBe("nothing");
  });

  it("says that images on the engine which the lock vouches for need nothing", async () => {
    const built = await buildImages(bench, await planWithInputs(bench, await openLab(bench.workspace, LAB), {}));
    const copy = join(folder, "recorded");
    await cp(LAB, copy, { recursive: true });
    const lock = await lockWith(built, await planRecipes(bench, built));
    await writeLock(join(copy, "lab.lock"), lock);
    const empty = { ...bench, store: openStore({ cacheDir: join(folder, "cache"), inputs: [] }) };
    const said = await plan(copy, empty);
    expect(said).toMatchObject({ download: "0 files, 0.0 MB", "to build": "nothing", "to load": "nothing" });
    expect(said["in store"]).toBe("nothing");
    expect(said["on engine"]).toContain("django-8workers:3.13-majek");
  });

  it("says that a changed application is built again, and its interpreter is not", async () => {
    const copy = join(folder, "changed");
    await cp(LAB, copy, { recursive: true });
    await writeFile(join(copy, "app/new.py"), '"""New."""\n');
    const said = await plan(copy);
    expect(said["to build"]).toBe("Application on Python 3.13, Application on Python 3.13+majek");
    expect(said["in store"]).toContain("CPython 3.13.5 with patches");
    expect(said["to load"]).toContain("localhost/majek-lab/django-8workers:3.13-majek");
    expect(said["on engine"]).toBe("nothing");
  });

  it("says so where that depends on a lock that must be resolved first", async () => {
    const copy = join(folder, "stale");
    await cp(LAB, copy, { recursive: true });
    const file = join(copy, "lab.yaml");
    await writeFile(file, (await readFile(file, "utf8")).replace("Django==5.2.*", "Django==5.1.*"));
    expect(await plan(copy)).toMatchObject({ lock: "stale", "to build": "known when the lock is resolved" });
  });
});
