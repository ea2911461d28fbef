import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readSeries } from "../../src/pipeline/package-files.js";
import { sha256 } from "../../src/system/hash.js";
import { ROOT, upstreamArchive } from "./built.js";

function check(folder: string, minor: string, archive: string): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync(join(folder, "bin/check"), [minor, archive], { encoding: "utf8" });
  return { status, text: stdout + stderr };
}

describe("the series of every minor", async () => {
  const series = Object.entries(await readSeries(ROOT));

  it.each(series)("%s keeps to the policy", async (minor, version) => {
    const { status, text } = check(join(ROOT, "cpython-patch"), minor, await upstreamArchive(version));
    expect(text).toMatch(/^\S+: [1-9]\d* patches apply/);
    expect(status).toBe(0);
  });
});

const MESSAGE = `From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: majek-lab <majek-lab@localhost>
Date: Tue, 1 Jan 1980 00:00:00 +0000
Subject: [PATCH] thing: do it

Why: it costs 1 page
Origin: vendor
Forwarded: no
Applies-To: v9.9.1
Drop-When: never
Test: thing.py
`;
const SOURCE = Array.from({ length: 9 }, (_, line) => `int line${line};\n`);
const PATCHED = [...SOURCE.slice(0, 4), "#if Py_MAJEK_THING\n", "int thing;\n", "#endif\n", ...SOURCE.slice(4)];

describe("bin/check finds", () => {
  let scratch: string;
  let folder: string;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), "majek-series-"));
  });
  afterAll(() => rm(scratch, { recursive: true }));

  beforeEach(async () => {
    folder = join(scratch, "repository/cpython-patch");
    await mkdir(join(folder, "9.9"), { recursive: true });
    await cp(join(ROOT, "cpython-patch/bin"), join(folder, "bin"), { recursive: true });
    await writeFile(join(scratch, "repository/thing.py"), "");
    await writeFile(join(folder, "9.9/series"), "thing-do.patch\n");
    await makeArchive(SOURCE);
    await writePatch(PATCHED);
  });
  afterEach(() => rm(join(scratch, "repository"), { recursive: true }));

  async function makeArchive(lines: readonly string[]): Promise<void> {
    await mkdir(join(scratch, "Python"), { recursive: true });
    await writeFile(join(scratch, "Python/thing.c"), lines.join(""));
    spawnSync("tar", ["-C", scratch, "-cf", join(scratch, "python.tar"), "Python"]);
    const hash = sha256(await readFile(join(scratch, "python.tar")));
    const version = { version: "9.9.1", tag: "v9.9.1", archive: "python.tar", sha256: hash, regen: [] };
    await writeFile(join(folder, "versions.json"), JSON.stringify({ "9.9": version }));
  }

  /** The mail that `git format-patch` would write; `edit` damages it. */
  async function writePatch(after: readonly string[], edit: (mail: string) => string = (mail) => mail): Promise<void> {
    const tree = join(scratch, "tree");
    await rm(tree, { recursive: true, force: true });
    await mkdir(tree);
    const git = (...args: string[]) => spawnSync("git", args, { cwd: tree, encoding: "utf8" }).stdout;
    git("init", "--quiet");
    await writeFile(join(tree, "thing.c"), SOURCE.join(""));
    git("add", "thing.c");
    await writeFile(join(tree, "thing.c"), after.join(""));
    const mail = `${MESSAGE}\n${git("diff", "--full-index")}`;
    await writeFile(join(folder, "9.9/thing-do.patch"), edit(mail));
    const begin = "<!-- bin/index makes this from the headers of the patches; do not edit -->";
    await writeFile(join(folder, "README.md"), `${begin}\n<!-- end of what bin/index makes -->\n`);
    expect(spawnSync(join(folder, "bin/index")).status).toBe(0);
  }

  const found = () => check(folder, "9.9", join(scratch, "python.tar"));

  it("nothing wrong with a good series", () => {
    expect(found()).toEqual({
      status: 0,
      text: "9.9: 1 patches apply, survive import and export, and leave nothing without a macro\n",
    });
  });

  it("context that moved too far to apply without fuzz", async () => {
    await makeArchive(SOURCE.map((line) => line.replace("line2", "other")));
    expect(found().text).toContain("thing-do.patch: does not apply");
  });

  it("a line that stays without the macro", async () => {
    await writePatch([...PATCHED, "int loose;\n"]);
    const { status, text } = found();
    expect(text).toContain("with every macro undefined, this is left");
    expect(text).toContain("+int loose;");
    expect(status).toBe(1);
  });

  it("a mail that an export would write in another way", async () => {
    await writePatch(PATCHED, (mail) => `${mail}-- \n2.39.5\n\n`);
    expect(found().text).toContain("thing-do.patch: import and export change it");
  });

  it("a message that lacks a trailer, or a number in Why, or names another release", async () => {
    await writePatch(PATCHED, (mail) => mail.replace("Drop-When: never\n", ""));
    expect(found().text).toContain("must end with Why, Origin, Forwarded, Applies-To, Drop-When, Test");
    await writePatch(PATCHED, (mail) => mail.replace("1 page", "much").replace("v9.9.1", "v9.9.0"));
    expect(found().text).toMatch(/Why has no measured effect[\s\S]*Applies-To is v9\.9\.0/);
  });

  it("a long line, a second macro, a test that is not there", async () => {
    await writePatch(
      PATCHED.map((line) => line.replace("int thing;", `int thing; // Py_MAJEK_OTHER ${"x".repeat(60)}`)),
    );
    expect(found().text).toMatch(/must use one macro[\s\S]*longer than 79 columns/);
    await writePatch(PATCHED, (mail) => mail.replace("Test: thing.py", "Test: gone.py"));
    expect(found().text).toContain("there is no gone.py, its test");
  });

  it("a patch of a generated file", async () => {
    await writePatch(PATCHED, (mail) => mail.replaceAll("thing.c", "clinic/thing.c"));
    expect(found().text).toContain("patches clinic/thing.c, which is generated");
  });

  it("patches that series does not name, and an index of the README that is old", async () => {
    await cp(join(folder, "9.9/thing-do.patch"), join(folder, "9.9/other.patch"));
    expect(found().text).toContain("other.patch: not named in series");
    await rm(join(folder, "9.9/other.patch"));
    await writePatch(PATCHED);
    const readme = await readFile(join(folder, "README.md"), "utf8");
    await writeFile(join(folder, "README.md"), readme.replace("1 page", "2 pages"));
    expect(found().text).toMatch(/README\.md is not what the headers say\n.*next: cpython-patch\/bin\/index/);
  });

  it("another archive than the one of versions.json, with exit code 2", async () => {
    await writeFile(join(scratch, "python.tar"), "other");
    expect(found()).toMatchObject({ status: 2, text: expect.stringContaining("versions.json says") });
  });
});
