import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collectRequirements, markerHolds, requirementLines } from "../../../src/project/requirements.js";
import { pyprojectRequirements, uvRequirements } from "../../../src/project/toml.js";
import { parseLab } from "../../../src/spec/parse.js";

describe("a requirements file", () => {
  it("is read with its includes, without options, hashes and remarks", () => {
    const text =
      "-r base.txt\n--index-url https://example.org\nDjango==5.2.1 \\\n    --hash=sha256:00\n# x\npillow # y\n";
    expect(requirementLines(text, (name) => (name === "base.txt" ? "requests>=2\n" : undefined), "all.txt")).toEqual([
      "requests>=2",
      "Django==5.2.1",
      "pillow",
    ]);
  });

  it("finds what it includes beside itself, at any depth, once", () => {
    const files: Readonly<Record<string, string>> = {
      "requirements.txt": "-r requirements/base.txt\n",
      "requirements/base.txt": "-r common.txt\n-r deep/../deep/x.txt\nDjango==5.2.*\n",
      "requirements/common.txt": "requests==2.*\n-r base.txt\n-r common.txt\n",
      "requirements/deep/x.txt": "pillow==11.*\n-r ../../gone.txt\n",
    };
    const lines = requirementLines(files["requirements.txt"] ?? "", (path) => files[path], "requirements.txt");
    expect(lines).toEqual(["requests==2.*", "pillow==11.*", "-r gone.txt", "Django==5.2.*"]);
    expect(collectRequirements(lines).remarks).toEqual([
      "gone.txt is not in the project: add what it requires to app.requirements",
    ]);
  });

  it("loses what cannot be locked, with a remark, and gets the fleet's server", () => {
    const { names, remarks } = collectRequirements([
      "Django==5.2.1",
      "django>=4",
      "x @ git+https://example.org/x.git",
      "-e .",
      "pywin32 ; sys_platform == 'win32'",
      "tomli ; python_version < '3.11'",
      "gunicorn==20.1.0",
      "psycopg2>=2.9",
    ]);
    expect(names).toEqual(["Django==5.2.1", "psycopg2-binary>=2.9", "gunicorn==26.*"]);
    expect(remarks.map((text) => text.split(" ")[0])).toEqual(["x", "-e", "gunicorn==20.1.0", "psycopg2"]);
  });

  it("is always a list that a lab file takes", () => {
    const lab = (names: readonly string[]) =>
      `apiVersion: majek-lab/v1\nname: x\ntitle: x\napp: {wsgi: "a:b", requirements: ${JSON.stringify(names)}}\nload: {paths: {/: 1}, requestsPerWorker: 1}\nvariants: {a: {python: "3.13"}}\n`;
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom("a[b]>=1", "c ; os_name == 'nt'", "d (>=2)"))),
        (texts) => {
          expect(parseLab(lab(collectRequirements(texts).names)).problems ?? []).toEqual([]);
        },
      ),
    );
  });
});

describe("a marker", () => {
  it.each([
    ["python_version >= '3.9'", true],
    ["python_version < '3.9' or sys_platform == 'linux'", true],
    ["python_version > '3.9' and sys_platform == 'win32'", false],
    ["extra == 'test'", undefined],
  ])("%s holds: %s", (marker, holds) => {
    expect(markerHolds(marker)).toBe(holds);
  });
});

describe("TOML", () => {
  it("of PEP 621 and of Poetry names dependencies", () => {
    expect(pyprojectRequirements('[project]\nname = "x"\ndependencies = ["Django>=5"]\n')).toEqual(["Django>=5"]);
    const poetry =
      '[tool.poetry.dependencies]\npython = "^3.12"\ndjango = "^5.2"\na = "~1.4.2"\nb = {version = "*", extras = ["c"]}\nd = "^0.3"\n';
    expect(pyprojectRequirements(poetry)).toEqual(["django>=5.2,<6", "a>=1.4.2,<1.5", "b[c]", "d>=0.3,<0.4"]);
  });

  it("of uv.lock gives exact versions of what the project needs, not of its groups", () => {
    const lock = `version = 1
[[package]]
name = "django"
version = "5.2.8"
dependencies = [{ name = "sqlparse" }, { name = "tzdata", marker = "sys_platform == 'win32'" }]
[[package]]
name = "pytest"
version = "9"
[[package]]
name = "shop"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "django" }]
[package.dev-dependencies]
dev = [{ name = "pytest" }]
[[package]]
name = "sqlparse"
version = "0.5.3"
[[package]]
name = "tzdata"
version = "2026.1"
`;
    expect(uvRequirements(lock)).toEqual([
      "django==5.2.8",
      "sqlparse==0.5.3",
      "tzdata==2026.1 ; sys_platform == 'win32'",
    ]);
  });
});
