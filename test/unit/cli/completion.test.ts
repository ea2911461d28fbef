import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../../..");
const scratch = mkdtempSync(join(tmpdir(), "majek-lab-completion-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

writeFileSync(join(scratch, "majek-lab"), `#!/bin/sh\nexec node ${ROOT}/dist/cli/main.js "$@"\n`);
chmodSync(join(scratch, "majek-lab"), 0o755);
mkdirSync(join(scratch, "results/shop/20260101T000000Z-abcd"), { recursive: true });

/** What bash offers for these words, by its own completion. */
function offered(...words: string[]): string[] {
  const script = `eval "$(majek-lab completion bash)"
COMP_WORDS=(majek-lab "$@"); COMP_CWORD=$#
_majek_lab
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const options = {
    cwd: scratch,
    encoding: "utf8",
    env: { ...process.env, PATH: `${scratch}:${process.env["PATH"]}` },
  } as const;
  return execFileSync("bash", ["-c", script, "bash", ...words], options)
    .split("\n")
    .filter(Boolean);
}

describe("completion in bash", () => {
  it("offers verbs, labs, variants, flags, choices and runs", () => {
    expect(offered("val")).toEqual(["validate"]);
    expect(offered("up", "django-8")).toEqual(["django-8workers"]);
    expect(offered("up", "django-8workers", "--variant", "pre")).toEqual(["preload-cold", "preload"]);
    expect(offered("up", "django-8workers", "--det")).toEqual(["--detach"]);
    expect(offered("up", "django-8workers", "--format", "c")).toEqual(["csv"]);
    expect(offered("report", "")).toEqual(["latest", "latest:shop", "20260101T000000Z-abcd"]);
    expect(offered("cache", "v")).toEqual(["verify"]);
    expect(offered("workshop", "pa")).toEqual(["pack"]);
    expect(offered("workshop", "pack", "cow-anatomy", "django-8")).toEqual(["django-8workers"]);
    expect(offered("workshop", "start", "gc")).toEqual(["gc-timing"]);
    expect(offered("workshop", "pack", "--o")).toEqual(["--output", "--offline"]);
    expect(offered("workshop", "--")).toEqual(["--help"]);
  });

  it("goes on within words that bash ends at a colon or an equals sign", () => {
    expect(offered("check", "latest", ":", "sh")).toEqual(["shop"]);
    expect(offered("check", "latest", ":")).toEqual(["shop"]);
    expect(offered("compare", "latest", ":", "shop", "2026")).toEqual(["20260101T000000Z-abcd"]);
    expect(offered("up", "django-8workers", "--format", "=", "c")).toEqual(["csv"]);
    expect(offered("up", "django-8workers", "--variant", "=", "se")).toEqual(["seal"]);
  });
});

describe("majek-lab alone", () => {
  const run = (...args: string[]) =>
    execFileSync("node", [join(ROOT, "dist/cli/main.js"), ...args], { encoding: "utf8" });

  it("is a short help with two examples, and --version a version", () => {
    expect(run().match(/^ {2}majek-lab /gm)).toHaveLength(2);
    expect(run("--version")).toMatch(/^majek-lab \d+\.\d+\.\d+\n$/);
  });
});
