import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const FULL = process.env["MAJEK_LAB_TEST_FULL"] === "1";
const ROOT = resolve(import.meta.dirname, "../..");

/** Templates of public projects from the package index, by the name of the project that is made from each. */
const TEMPLATES: Readonly<Record<string, string | null>> = {
  plain: null,
  shopfront: "wagtail/project_template",
  mezz: "mezzanine/project_template",
  // Spirit, a forum: settings for development, tests and servers; its template names no requirements.
  forum: "spirit/extra/project_template",
};
/** Spirit's template has none. */
const REQUIREMENTS: Readonly<Record<string, string>> = { forum: "django-spirit==0.14.3\n" };

/**
 * Whole projects as they are developed, from their source archives: ColdFront allocates computing time (uv.lock, split
 * settings); pretalx organises conferences (a secret key drawn at random, routes over many lines); ARA records what Ansible
 * does (a manage.py without settings, Django in an extra). Of the last two labs have been built and run, too.
 */
const SOURCES = { coldfront: "1.1.10", pretalx: "2025.2.2", ara: "1.8.0" } as const;

// Installs from the package index: not for every run.
describe.runIf(FULL)(
  "majek-lab new on public projects (Django, Wagtail, Mezzanine, Spirit, ColdFront, pretalx, ARA)",
  () => {
    let scratch = "";
    let packages = "";
    afterAll(() => rmSync(scratch, { recursive: true, force: true }));

    beforeAll(() => {
      // Not while tests are collected: that happens where they are skipped, too.
      scratch = mkdtempSync(join(tmpdir(), "majek-lab-new-"));
      packages = join(scratch, "packages");
      const pip = ["-m", "pip", "install", "--quiet", "--target", packages];
      execFileSync("python3", [...pip, "Django==5.2.*"]);
      execFileSync("python3", [...pip, "--no-deps", "wagtail==8.0.*", "mezzanine==6.1.*", "django-spirit==0.14.3"]);
    }, 300_000);

    /** What `new` tells of a project, held against its golden file. */
    function expectGolden(name: string, project: string, more: readonly string[] = []): Promise<void> {
      const work = join(scratch, "work");
      mkdirSync(work, { recursive: true });
      const tool = [join(ROOT, "dist/cli/main.js"), "new", `x-${name}`, "--path", project, "--no-build", ...more];
      const output = execFileSync("node", tool, { cwd: work, encoding: "utf8" });
      const told = output.split("\n").filter((line) => line !== "" && !/^(wrote|next:) /.test(line));
      return expect(`${told.join("\n")}\n`).toMatchFileSnapshot(join(ROOT, `test/golden/new/${name}.txt`));
    }

    it.each(Object.entries(TEMPLATES))("finds in %s what its golden file says", async (name, template) => {
      const env = { ...process.env, PYTHONPATH: packages };
      const extra = template === null ? [] : ["--template", join(packages, template), "--extension", "py,html,txt"];
      execFileSync("python3", ["-m", "django", "startproject", name, ...extra], { cwd: scratch, env });
      const requirements = join(scratch, `${name}.txt`);
      writeFileSync(requirements, REQUIREMENTS[name] ?? "");
      const flags = name in REQUIREMENTS ? ["--requirements", requirements] : [];
      await expectGolden(name, join(scratch, name), flags);
    });

    it.each(Object.entries(SOURCES))("finds in the sources of %s what its golden file says", async (name, version) => {
      const download = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", name, "--dest", scratch];
      execFileSync("python3", [...download, `${name}==${version}`]);
      execFileSync("tar", ["xzf", `${name}-${version}.tar.gz`], { cwd: scratch });
      await expectGolden(name, join(scratch, `${name}-${version}`));
    });
  },
);
