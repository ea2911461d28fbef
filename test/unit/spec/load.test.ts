import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LabError } from "../../../src/model/errors.js";
import { findLab, listLabs } from "../../../src/spec/find.js";
import { loadLab } from "../../../src/spec/load.js";
import { readLayers } from "../../../src/system/trees.js";

const ROOT = resolve(import.meta.dirname, "../../..");
const MINIMAL = resolve(ROOT, "test/fixtures/labs/minimal");

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "majek-lab-spec-"));
  await cp(MINIMAL, join(folder, "labs/minimal"), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const lab = () => join(folder, "labs/minimal");

async function failure(action: Promise<unknown>): Promise<LabError> {
  const error = await action.then(
    () => undefined,
    (reason: LabError) => reason,
  );
  if (error === undefined) throw new Error("it did not fail");
  return error;
}

async function edit(from: string, to: string): Promise<void> {
  const file = join(lab(), "lab.yaml");
  await writeFile(file, (await readFile(file, "utf8")).replace(from, to));
}

describe("a lab with the application of another", () => {
  const other = () => join(folder, "labs/other");
  const lines = async () => (await failure(loadLab(other()))).details.join("\n");

  beforeEach(async () => {
    const text = (await readFile(join(lab(), "lab.yaml"), "utf8")).replace("name: minimal", "name: other");
    await mkdir(other());
    await writeFile(join(other(), "lab.yaml"), text.replace(/app: .*\n/, "appFrom: minimal\n"));
  });

  it("takes its application, its lock and the name of its images, and changes with it", async () => {
    const [found, own] = [await loadLab(other()), await loadLab(lab())];
    expect(found.spec).toMatchObject({ name: "other", app: own.spec.app, appFrom: "minimal" });
    expect(found).toMatchObject({ directory: other(), lockFile: own.lockFile });
    expect(found.source).toMatchObject({ name: "minimal", directory: lab() });
    await writeFile(join(lab(), "app/more.py"), "");
    expect((await loadLab(other())).hash).not.toBe(found.hash);
  });

  it("says where the other one cannot be used", async () => {
    await edit('python: "3.13"', 'python: "2.7"');
    expect(await lines()).toMatch(/appFrom: minimal is for another major Python/);
    await edit("name: minimal", "name: renamed");
    expect(await lines()).toMatch(/appFrom: the lab in folder minimal calls itself renamed/);
    await rm(lab(), { recursive: true });
    expect(await lines()).toMatch(/appFrom: there is no folder minimal in /);
    await symlink(MINIMAL, lab());
    expect(await lines()).toMatch(/minimal is a symbolic link/);
    await rm(lab());
    await cp(other(), lab(), { recursive: true });
    await edit("name: other", "name: minimal");
    await edit("appFrom: minimal", "appFrom: other");
    expect(await lines()).toMatch(/appFrom/);
  });
});

describe("an application that is laid over another lab's", () => {
  const other = () => join(dirname(lab()), "over");
  const change = async (from: string | RegExp, to: string): Promise<void> => {
    const file = join(other(), "lab.yaml");
    await writeFile(file, (await readFile(file, "utf8")).replace(from, to));
  };
  const problem = async (): Promise<string> =>
    loadLab(other()).then(
      () => "none",
      (error: LabError) => error.details.join("\n"),
    );

  beforeEach(async () => {
    await mkdir(join(lab(), "app/tests"));
    await writeFile(join(lab(), "app/tests/test_site.py"), "theirs");
    await writeFile(join(lab(), "app/prepare.py"), "theirs");
    const text = (await readFile(join(lab(), "lab.yaml"), "utf8")).replace("name: minimal", "name: over");
    await mkdir(join(other(), "app/tests"), { recursive: true });
    const below = "over: { lab: minimal, except: [tests] }, prepare: prepare.py, ";
    await writeFile(join(other(), "lab.yaml"), text.replace("app: {", `app: { ${below}`));
    await writeFile(join(other(), "app/settings.py"), "own");
    await writeFile(join(other(), "app/tests/test_own.py"), "own");
  });

  it("has its own files, those below that it does not have itself, and a lock of its own", async () => {
    const found = await loadLab(other());
    expect(found.lockFile).toBe(join(other(), "lab.lock"));
    expect(found.source).toMatchObject({ name: "over", below: { name: "minimal", directory: lab() } });
    expect(found.spec.app).not.toHaveProperty("over");
    const files = (await readLayers(found.source.layers)).map(({ path, file }) => [path, file.includes("/over/")]);
    expect(files).toEqual([
      ["prepare.py", false],
      ["settings.py", true],
      ["site_wsgi.py", false],
      ["tests/test_own.py", true],
    ]);
  });

  it("is what it would be as one folder, and changes with the files below", async () => {
    const { source, hash } = await loadLab(other());
    const hashes = async () => (await readLayers(source.layers)).map(({ path, sha256 }) => [path, sha256]);
    const before = await hashes();
    await cp(join(lab(), "app/site_wsgi.py"), join(other(), "app/site_wsgi.py"));
    expect(await hashes()).toEqual(before);
    await writeFile(join(lab(), "app/prepare.py"), "changed");
    expect((await loadLab(other())).hash).not.toBe(hash);
  });

  it("says where there is nothing below, or a file is in neither", async () => {
    await change("prepare: prepare.py", "prepare: gone.py");
    expect(await problem()).toMatch(/app\.prepare: there is no file gone\.py in app/);
    await change("prepare: gone.py", "prepare: tests/test_site.py");
    expect(await problem()).toMatch(/app\.prepare: there is no file tests\/test_site\.py/);
    await change("prepare: tests/test_site.py", "prepare: tests.py");
    await change("except: [tests]", "except: [tests.py]");
    await writeFile(join(lab(), "app/tests.py"), "");
    expect(await problem()).toMatch(/app\.prepare: there is no file tests\.py/);
    await change("lab: minimal", "lab: nowhere");
    expect(await problem()).toMatch(/app\.over\.lab: there is no folder nowhere in /);
    await change("lab: nowhere", "lab: over");
    expect(await problem()).toMatch(/app\.over\.lab: over has no application that is all its own/);
  });

  it.each([
    ["test", 'test; did you mean "tests"?'],
    ["app/prepare.py", 'app/prepare.py; did you mean "prepare.py"?'],
    ["test_site.py", 'test_site.py; did you mean "tests/test_site.py"?'],
    ["tests/test_sites.py", 'tests/test_sites.py; did you mean "tests/test_site.py"?'],
    ["prepares.py", 'prepares.py; did you mean "prepare.py"?'],
    ["tests/test_own.py", 'tests/test_own.py; did you mean "tests/test_site.py"?'],
    ["Tests", 'Tests; did you mean "tests"?'],
    ["banana", "banana"],
  ])("refuses to leave out %s, which is not below, and names what is near", async (name, message) => {
    await change("except: [tests]", `except: [tests, ${name}]`);
    const error = await failure(loadLab(other()));
    expect(error).toMatchObject({ code: "lab", next: expect.stringContaining("majek-lab validate") });
    expect(error.details[0]).toMatch(/lab\.yaml:4:\d+ app\.over\.except\[1\]: /);
    expect(error.details[0]?.endsWith(`: the application of minimal has no file or folder ${message}`)).toBe(true);
  });

  it("names several that are near, the nearest first, and every name that is wrong", async () => {
    await writeFile(join(lab(), "app/tests/test_sites.py"), "");
    await change("except: [tests]", "except: [tests/test_site, gone.py, site_wsgi.py]");
    expect(await problem()).toMatch(/test_site; did you mean "tests\/test_site\.py" or "tests\/test_sites\.py"\?/);
    expect(await problem()).toMatch(/except\[1\]: .* gone\.py$/m);
    expect(await problem()).not.toMatch(/except\[2\]/);
  });

  it("refuses to leave out a folder that has nothing but byproducts, which nobody would see", async () => {
    await mkdir(join(lab(), "app/made/__pycache__"), { recursive: true });
    await writeFile(join(lab(), "app/made/__pycache__/x.pyc"), "");
    await change("except: [tests]", "except: [made]");
    expect(await problem()).toMatch(/app\.over\.except\[0\]: .* no file or folder made/);
  });
});

describe("loadLab", () => {
  it("loads a folder or its file, with the same hash anywhere", async () => {
    const here = await loadLab(lab());
    expect(here).toMatchObject({ directory: lab(), file: join(lab(), "lab.yaml"), lockFile: join(lab(), "lab.lock") });
    expect(await loadLab(join(lab(), "lab.yaml"))).toEqual(here);
    expect((await loadLab(MINIMAL)).hash).toBe(here.hash);
  });

  it("changes the hash with the lab file and the app, and with nothing else", async () => {
    const { hash } = await loadLab(lab());
    await writeFile(join(lab(), "lab.lock"), "{}");
    await mkdir(join(lab(), "app/__pycache__"));
    await writeFile(join(lab(), "app/__pycache__/x.pyc"), "");
    expect((await loadLab(lab())).hash).toBe(hash);
    await writeFile(join(lab(), "app/more.py"), "");
    const grown = (await loadLab(lab())).hash;
    await edit("smallest", "least");
    const retitled = (await loadLab(lab())).hash;
    expect(new Set([hash, grown, retitled]).size).toBe(3);
  });

  it("shows characters that steer a terminal by their number", async () => {
    await edit("name: minimal", 'name: minimal\n"n\\e]0;x\\u202e\\n": 1\nok: \u001b[31m\u009bred');
    const { details } = await failure(loadLab(lab()));
    expect(details.join("\n")).not.toMatch(/[^\P{C}\n]/u);
    expect(details[0]).toMatch(/lab\.yaml:3:1 n\\u001b\]0;x\\u202e\\u000a: unknown key$/);
    expect(details).toContain("    4 | ok: \\u001b[31m\\u009bred");
  });

  it("shows every problem with its line and the next command", async () => {
    await edit("name: minimal", "nam: minimal");
    await edit("requestsPerWorker: 100", "requestsPerWorker: 0");
    const error = await failure(loadLab(lab()));
    expect(error).toMatchObject({ code: "lab", message: expect.stringContaining("has 3 problems") });
    expect(error.next).toContain("majek-lab validate ");
    expect(error.details.join("\n")).toContain(
      'lab.yaml:2:1 nam: unknown key (did you mean "name"?)\n    2 | nam: minimal\n      | ^',
    );
  });

  it.each([
    ["app: {", "app: { path: other,", "app.path: there is no folder other"],
    ["app: {", "app: { path: app/site_wsgi.py,", "app.path: app/site_wsgi.py is not a folder"],
    ["app: {", "app: { prepare: prepare.py,", "app.prepare: there is no file prepare.py in app"],
    ["app: {", "app: { database: sqlite, fixture: db.sqlite3,", "app.fixture: there is no file db.sqlite3 in app"],
  ])("%s -> %s", async (from, to, message) => {
    await edit(from, to);
    const error = await failure(loadLab(lab()));
    expect(error.code).toBe("lab");
    expect(error.details[0]).toMatch(/lab\.yaml:4:\d+ /);
    expect(error.details[0]).toContain(message);
  });

  it("refuses links that could lead outside", async () => {
    await symlink("/etc", join(lab(), "etc"));
    await edit("app: {", "app: { path: etc,");
    expect((await failure(loadLab(lab()))).details[0]).toContain("app.path: etc is a symbolic link");
    await edit("path: etc,", "");
    await symlink("/etc/passwd", join(lab(), "app/passwd"));
    expect(await failure(loadLab(lab()))).toMatchObject({ code: "lab", where: join(lab(), "app/passwd") });
  });

  it("says so where there is no lab", async () => {
    expect(await failure(loadLab(join(folder, "labs")))).toMatchObject({ code: "usage", next: "majek-lab list" });
  });
});

describe("findLab", () => {
  const places = () => ({ workingDirectory: folder, packageRoot: ROOT });

  it("prefers a path, then the project's labs, then those of the package", async () => {
    expect(await findLab("labs/minimal", places())).toBe(lab());
    expect(await findLab("labs/minimal/lab.yaml", places())).toBe(join(lab(), "lab.yaml"));
    expect(await findLab("minimal", places())).toBe(lab());
    expect(await findLab("django-8workers", places())).toBe(join(ROOT, "labs/django-8workers"));
    await cp(MINIMAL, join(folder, "labs/django-8workers"), { recursive: true });
    expect(await findLab("django-8workers", places())).toBe(join(folder, "labs/django-8workers"));
    expect((await listLabs(places())).filter(({ name }) => name === "django-8workers")).toEqual([
      { name: "django-8workers", directory: join(folder, "labs/django-8workers"), from: "project" },
    ]);
  });

  it("is not misled by a folder of the same name that holds no lab", async () => {
    await mkdir(join(folder, "minimal"));
    expect(await findLab("minimal", places())).toBe(lab());
  });

  it.each([
    ["minmal", 'there is no lab "minmal" (did you mean "minimal"?)'],
    ["", 'there is no lab ""'],
    ["../nowhere", "there is no lab.yaml at ../nowhere"],
  ])("does not find %j", async (name, message) => {
    const error = await failure(findLab(name, places()));
    expect(error).toMatchObject({ code: "usage", message, next: "majek-lab list" });
    expect(error.details[0]).toContain("minimal");
  });
});

it("every lab that comes with the tool is valid and named as its folder", async () => {
  const labs = await listLabs({ workingDirectory: "/nonexistent", packageRoot: ROOT });
  expect(labs.map(({ name }) => name)).toContain("django-8workers");
  for (const { name, directory } of labs) expect((await loadLab(directory)).spec.name).toBe(name);
});
