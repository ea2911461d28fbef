import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const PATCHES = join(import.meta.dirname, "../../../cpython-patch");

describe("cpython-patch/bin/test-suite", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "majek-suite-"));
    for (const name of ["bin", "suite"]) cpSync(join(PATCHES, name), join(folder, name), { recursive: true });
    // An interpreter of which every test has passed, and which says what it was asked for.
    const python = `#!/bin/sh\nfor test; do :; done\necho "$0 $test" >> "${folder}/log"\necho "{\\"$test\\": \\"passed\\"}"\n`;
    const build = `#!/bin/sh\nmkdir -p "$3/build" && cp "${folder}/python" "$3/build/python"\n`;
    writeFileSync(join(folder, "python"), python, { mode: 0o755 });
    writeFileSync(join(folder, "bin/build"), build, { mode: 0o755 });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** @returns its status, and the files of tests that each interpreter ran */
  function run(...options: string[]): { status: number | null; ran: string[] } {
    rmSync(join(folder, "log"), { force: true });
    writeFileSync(join(folder, "log"), "");
    const command = [join(folder, "bin/test-suite"), "3.13", "archive", join(folder, "work"), ...options];
    const { status } = spawnSync("python3", command, { encoding: "utf8" });
    const lines = readFileSync(join(folder, "log"), "utf8").split("\n").filter(Boolean);
    return { status, ran: lines.map((line) => `${/work\/(\w+)/.exec(line)?.[1]} ${line.replace(/.* /, "")}`) };
  }

  it("runs each file of tests on stock and on the arms that are asked for, and builds no other", () => {
    const { ran } = run("--arms", "segment", "--jobs", "2", "test_a", "test_b");
    expect(new Set(ran)).toEqual(new Set(["stock test_a", "stock test_b", "everywhere test_a", "everywhere test_b"]));
  });

  it("goes on where a run was interrupted, unless an arm is missing there", () => {
    run("--arms", "patched", "test_a");
    expect(new Set(run("--arms", "patched", "--continue", "test_a", "test_b").ran)).toEqual(
      new Set(["stock test_b", "patched test_b"]),
    );
    expect(run("--arms", "patched,sealed", "--continue", "test_a").ran).toContain("patched test_a");
    expect(run("--arms", "patched", "test_a").ran).toContain("stock test_a");
  });

  it("refuses an arm that does not exist", () => {
    expect(run("--arms", "patched,nothing", "test_a")).toEqual({ status: 2, ran: [] });
  });
});
