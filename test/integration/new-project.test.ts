import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const FULL = process.env["MAJEK_LAB_TEST_FULL"] === "1";
const ROOT = resolve(import.meta.dirname, "../..");

/** Templates of public projects from the package index, by the name of the project that is made from each. */
const PROJECTS: Readonly<Record<string, string | null>> = {
  plain: null,
  shopfront: "wagtail/project_template",
  mezz: "mezzanine/project_template",
};

// Installs from the package index: not for every run.
describe.runIf(FULL)("majek-lab new on public projects (Django, Wagtail, Mezzanine)", () => {
  const scratch = mkdtempSync(join(tmpdir(), "majek-lab-new-"));
  const packages = join(scratch, "packages");
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  beforeAll(() => {
    const pip = ["-m", "pip", "install", "--quiet", "--target", packages];
    execFileSync("python3", [...pip, "Django==5.2.*"]);
    execFileSync("python3", [...pip, "--no-deps", "wagtail==8.0.*", "mezzanine==6.1.*"]);
  }, 300_000);

  it.each(Object.entries(PROJECTS))("finds in %s what its golden file says", (name, template) => {
    const env = { ...process.env, PYTHONPATH: packages };
    const extra = template === null ? [] : ["--template", join(packages, template), "--extension", "py,html,txt"];
    execFileSync("python3", ["-m", "django", "startproject", name, ...extra], { cwd: scratch, env });
    const work = join(scratch, "work");
    mkdirSync(work, { recursive: true });
    const command = [join(ROOT, "dist/cli/main.js"), "new", `x-${name}`, "--path", join(scratch, name), "--no-build"];
    const output = execFileSync("node", command, { cwd: work, encoding: "utf8" });
    const told = output.split("\n").filter((line) => line !== "" && !/^(wrote|next:) /.test(line));
    expect(`${told.join("\n")}\n`).toBe(readFileSync(join(ROOT, `test/golden/new/${name}.txt`), "utf8"));
  });
});
