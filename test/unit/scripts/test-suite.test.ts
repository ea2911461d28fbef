import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const PATCHES = join(import.meta.dirname, "../../../cpython-patch");

// A dozen interpreters start one after another.
vi.setConfig({ testTimeout: 120_000 });

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

describe("cpython-patch/suite/outcomes.py", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "majek-outcomes-"));
    mkdirSync(join(folder, "test"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** @returns how test_a ended, where `python -m test` is a program of one line */
  function outcome(program: string): unknown {
    writeFileSync(join(folder, "test/__main__.py"), program);
    writeFileSync(join(folder, "test/__init__.py"), "");
    const { stdout } = spawnSync("python3", [join(PATCHES, "suite/outcomes.py"), "test_a"], {
      encoding: "utf8",
      env: { ...process.env, PYTHONPATH: folder, PYTHONUNBUFFERED: "1" },
    });
    return JSON.parse(stdout);
  }

  it("takes a file whose resource is not enabled for skipped, as it does one that skips itself", () => {
    expect(outcome("raise SystemExit(4)")).toEqual({ test_a: "skipped" });
    expect(outcome("pass")).toEqual({ test_a: "skipped" });
  });

  it("calls a test alike in every process, though its parameters are objects at an address", () => {
    const report = `<x><testcase name="test_a.T.test (f=&lt;wrapper object at 0x7f4d457c1fe0&gt;)"/></x>`;
    const program = `import sys; open(sys.argv[1].split("=")[1], "w").write('${report}')`;
    expect(outcome(program)).toEqual({ "test_a.T.test (f=<wrapper object>)": "passed" });
  });

  it("tests an interpreter as it is by itself, whatever the caller wishes of his own", () => {
    expect(outcome('import os; raise SystemExit("PYTHONUNBUFFERED" in os.environ)')).toEqual({ test_a: "skipped" });
  });

  it("names a file that ends without a report", () => {
    expect(outcome("raise SystemExit(3)")).toEqual({ test_a: "exit code 3" });
    expect(outcome("import os; os.kill(os.getpid(), 9)")).toEqual({ test_a: "killed by signal 9" });
  });
});
