import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { parseLab } from "../../../src/spec/parse.js";
import { describeProblem } from "../../../src/spec/problems.js";

const ROOT = resolve(import.meta.dirname, "../../..");
const MINIMAL = readFileSync(resolve(ROOT, "test/fixtures/labs/minimal/lab.yaml"), "utf8");
const FLAGSHIP = readFileSync(resolve(ROOT, "labs/django-8workers/lab.yaml"), "utf8");

function problems(text: string): string[] {
  return (parseLab(text).problems ?? []).map((problem) => describeProblem("lab.yaml", problem));
}

/** The flagship with one piece of its text replaced, which must be there. */
function changed(from: string, to: string): string {
  if (!FLAGSHIP.includes(from)) throw new Error(`the flagship lab has no ${from}`);
  return FLAGSHIP.replace(from, to);
}

const APP = /app: .*\n/.exec(MINIMAL)?.[0] ?? "";

describe("appFrom", () => {
  it("stands in place of app, and never beside it", () => {
    expect(parseLab(MINIMAL.replace(APP, "appFrom: other\n")).spec).toMatchObject({ app: null, appFrom: "other" });
    expect(problems(MINIMAL.replace(APP, `${APP}appFrom: other\n`))[0]).toMatch(/appFrom: cannot stand beside app/);
    expect(problems(MINIMAL.replace(APP, ""))[0]).toMatch(/^lab.yaml:1:1 needs app, or appFrom: NAME$/);
    expect(problems(MINIMAL.replace(APP, "appFrom: minimal\n"))[0]).toMatch(/is this lab itself/);
    expect(problems(MINIMAL.replace(APP, "appFrom: ../x\n"))[0]).toMatch(/expected the name of a lab/);
  });
});

describe("parseLab", () => {
  it("fills in every default", () => {
    expect(parseLab(MINIMAL).spec).toEqual({
      apiVersion: "majek-lab/v1",
      name: "minimal",
      title: "The smallest lab",
      app: {
        path: "app",
        wsgi: "site_wsgi:application",
        requirements: ["gunicorn==26.*"],
        apt: [],
        database: "none",
        prepare: null,
        fixture: null,
        settings: null,
        steps: [],
        env: {},
      },
      appFrom: null,
      fleet: { server: "gunicorn", workers: 8, memoryBytes: 2 * 1024 ** 3, maxRequests: 0 },
      load: {
        paths: [{ path: "/", weight: 1, status: 200 }],
        concurrency: 16,
        requestsPerWorker: 100,
        checkpoints: [0, 100],
        seed: 1,
        mask: [],
      },
      variants: [{ name: "preload", python: "3.13", preload: true, beforeFork: [], warmup: 0, workers: null, env: {} }],
      baseline: "preload",
      expectFrom: 2000,
      expect: [],
      short: null,
    });
  });

  it("reads the flagship lab", () => {
    const { spec } = parseLab(FLAGSHIP);
    expect(spec?.variants.map(({ name, warmup }) => [name, warmup])).toEqual([
      // Nothing is loaded in the master that could be warmed up.
      ["no-preload", 0],
      ["preload-cold", 0],
      ["preload", 400],
      ["freeze", 400],
      ["majekhack", 400],
      ["seal", 400],
    ]);
    expect(spec?.load.paths.find(({ path }) => path === "/missing/")?.status).toBe(404);
  });

  it("keeps the order of variants whose names look like numbers", () => {
    const text = MINIMAL.replace(
      / {2}preload: .*\n/,
      '  b: {python: "3.13"}\n  "2": {python: "3.13"}\n  1: {python: "3.13"}\n',
    );
    expect(parseLab(text).spec?.variants.map(({ name }) => name)).toEqual(["b", "2", "1"]);
  });

  it("takes the first preloaded variant as baseline where none is named", () => {
    expect(parseLab(changed("baseline: preload\n", "\n")).spec?.baseline).toBe("preload-cold");
  });

  it("reports every problem, in the order of the file", () => {
    const text = changed("  path: app\n", "  pth: app\n")
      .replace("workers: 8", "workers: 0")
      .replace("seed: 1", "sead: 1");
    expect(problems(text)).toEqual([
      'lab.yaml:7:3 app.pth: unknown key (did you mean "path"?)',
      "lab.yaml:16:12 fleet.workers: must be at least 1",
      'lab.yaml:30:3 load.sead: unknown key (did you mean "seed"?)',
    ]);
  });
});

describe("bad input", () => {
  it("names a broken rule beside an unknown key", () => {
    expect(problems(changed("seed: 1", "sead: 1").replace("baseline: preload", "baseline: nothing"))).toEqual([
      'lab.yaml:30:3 load.sead: unknown key (did you mean "seed"?)',
      'lab.yaml:43:11 baseline: there is no variant "nothing"',
    ]);
  });

  it.each([
    ["warmup: 400", "warmup: [400", /^lab\.yaml:\d+:\d+ .*/],
    ["fleet:", "load:", "lab.yaml:19:1 this key stands here twice"],
    [
      "apiVersion: majek-lab/v1",
      "apiVersion: majek-lab/v2",
      'lab.yaml:2:13 apiVersion: expected majek-lab/v1, got "majek-lab/v2"',
    ],
    ["apiVersion: majek-lab/v1\n", "\n", "lab.yaml:3:1 apiVersion: is missing; expected majek-lab/v1"],
    ["workers: 8", "workers: 1000000000", "lab.yaml:16:12 fleet.workers: must be at most 512"],
    ["workers: 8", "workers: many", 'lab.yaml:16:12 fleet.workers: expected a number, got "many"'],
    ["workers: 8", "workers: 1.5", "lab.yaml:16:12 fleet.workers: expected a whole number, got 1.5"],
    ["workers: 8", "workers: .nan", /fleet\.workers: expected a/],
    ["memory: 2g", "memory: -2g", 'lab.yaml:17:11 fleet.memory: expected a size such as 512m or 2g, got "-2g"'],
    ["memory: 2g", "memory: 1k", "lab.yaml:17:11 fleet.memory: must be from 64m to 1024g, got 1k"],
    ["memory: 2g", "memory: 999999999g", "lab.yaml:17:11 fleet.memory: must be from 64m to 1024g, got 999999999g"],
    ["memory: 2g", "memory: 2", "lab.yaml:17:11 fleet.memory: expected text, got 2; put it in quotes"],
    ["concurrency: 16", "concurrency: 5000", "lab.yaml:27:16 load.concurrency: must be at most 1,024"],
    ["[0, 100, 1000,", "[0, 1000, 100,", "lab.yaml:29:26 load.checkpoints[2]: must be above 1000"],
    ["4000, 10000]", "4000, 20000]", "lab.yaml:29:43 load.checkpoints[5]: is above load.requestsPerWorker, 10000"],
    [
      "baseline: preload",
      "baseline: preloda",
      'lab.yaml:43:11 baseline: there is no variant "preloda" (did you mean "preload"?)',
    ],
    ["name: django-8workers", "name: ../../etc", /lab\.yaml:3:7 name: expected lower-case letters/],
    ["path: app", "path: ../app", /lab\.yaml:7:9 app\.path: expected a relative path/],
    ["path: app", "path: app/../../x", /lab\.yaml:7:9 app\.path: expected a relative path/],
    ["path: app", "path: /etc", /lab\.yaml:7:9 app\.path: expected a relative path/],
    ["path: app", 'path: "a\\nb"', /lab\.yaml:7:9 app\.path: expected a relative path/],
    ["path: app", "path: .", /lab\.yaml:7:9 app\.path: expected a relative path/],
    [
      "mysite.wsgi:application",
      '"mysite.wsgi:application\\nUSER root"',
      /lab\.yaml:8:9 app\.wsgi: expected module:callable/,
    ],
    ["mysite.wsgi:application", "'mysite.$HOME:app'", /lab\.yaml:8:9 app\.wsgi: expected module:callable/],
    ["Django==5.2.*", "'Django==5.2.*\"; rm -rf /'", /lab\.yaml:9:18 app\.requirements\[0\]: expected a name/],
    ["Django==5.2.*", "'--index-url=x'", /lab\.yaml:9:18 app\.requirements\[0\]: expected a name/],
    ["Django==5.2.*", "'Django @ file:///etc/passwd'", /lab\.yaml:9:18 app\.requirements\[0\]: expected a name/],
    [
      "database: sqlite",
      "apt: ['--yes']\n  database: sqlite",
      "lab.yaml:10:9 app.apt[0]: expected the name of a Debian package, such as libstdc++6",
    ],
    ["gunicorn==26.*", "uvicorn", "lab.yaml:9:17 app.requirements: must name gunicorn, the server of the fleet"],
    ["prepare: prepare.py", "prepare: a.py;b.py", /lab\.yaml:11:12 app\.prepare: expected a Python file/],
    ["prepare: prepare.py", "prepare: 'a\\b.py'", /lab\.yaml:11:12 app\.prepare: expected a Python file/],
    ["/html/: 4", "'/ht\"ml/': 4", /lab\.yaml:21:5 load\.paths\..*: expected an address that starts with/],
    [
      "/html/: 4",
      "html: 4",
      "lab.yaml:21:5 load.paths.html: expected an address that starts with / and holds only characters allowed there",
    ],
    ["/html/: 4", "/html/: 0", "lab.yaml:21:13 load.paths./html/: must be more than 0"],
    ["/html/: 4", "/html/: much", /lab\.yaml:21:13 load\.paths\.\/html\/: expected a number/],
    ["status: 404", "stats: 404", 'lab.yaml:24:29 load.paths./missing/.stats: unknown key (did you mean "status"?)'],
    ["status: 404", "status: 700", "lab.yaml:24:37 load.paths./missing/.status: must be at most 499"],
    ["[A-Za-z0-9]+", "([A-Z]+)+", /lab\.yaml:26:7 load\.mask\[0\]: repeats a group that holds a repetition/],
    ["[A-Za-z0-9]+", "[A-", /lab\.yaml:26:7 load\.mask\[0\]: is no regular expression/],
    ["freeze: { python", "Freeze: { python", /lab\.yaml:39:3 variants\.Freeze: expected lower-case letters/],
    [
      'no-preload: { python: "3.13"',
      "no-preload: { python: 3.13",
      "lab.yaml:36:25 variants.no-preload.python: expected text, got 3.13; put it in quotes",
    ],
    ["preload: false", "preload: false, beforeFork: [freeze]", /variants\.no-preload\.beforeFork: needs preload/],
    [
      '"3.13+majek", beforeFork: [seal]',
      '"2.7+majek", beforeFork: [seal]',
      "seal needs Python 3: 2.7 has string-segment only",
    ],
    ['preload: { python: "3.13" }', 'preload: { python: "2.7" }', /variants: mixes Python 2 and 3/],
    [
      '"3.13+majek", beforeFork: [seal]',
      '"3.13", beforeFork: [seal]',
      'lab.yaml:41:40 variants.seal.beforeFork[0]: seal needs the patched interpreter: python: "3.13+majek"',
    ],
    [
      "beforeFork: [seal]",
      "beforeFork: [freeze, seal, seal-hot]",
      "variants.seal.beforeFork[2]: a heap is sealed once: by seal",
    ],
    ["beforeFork: [seal]", "beforeFork: [seal, seal]", "variants.seal.beforeFork[1]: names seal again"],
    [
      "beforeFork: [freeze]",
      "beforeFork: [freze]",
      'variants.freeze.beforeFork[0]: expected one of freeze, string-segment, seal-counts, seal-caches, seal-arenas, seal, seal-hot, got "freze" (did you mean "freeze"?)',
    ],
    [
      "seal.sharedFraction >= 0.95",
      "seel.sharedFraction >= 0.95",
      'lab.yaml:49:5 expect[1]: there is no variant "seel" (did you mean "seal"?)',
    ],
    [
      "seal.sharedFraction >= 0.95",
      "seal.sharedFractoin >= 0.95",
      'lab.yaml:49:10 expect[1]: there is no metric "sharedFractoin" (did you mean "sharedFraction"?)',
    ],
    [
      "seal.sharedFraction >= 0.95",
      "seal.sharedFraction@300 >= 0.95",
      "lab.yaml:49:5 expect[1]: there is no checkpoint 300; there are 0, 100, 1000, 2000, 4000, 10000",
    ],
    ["seal.sharedFraction >= 0.95", "seal.sharedFraction => 0.95", 'lab.yaml:49:25 expect[1]: unexpected "="'],
    ["seal.sharedFraction >= 0.95", "process.exit(1)", /lab\.yaml:49:\d+ expect\[1\]: /],
    [
      "requestsPerWorker: 200",
      "requestsPerWorker: 20000",
      /short\.requestsPerWorker: is above load\.requestsPerWorker/,
    ],
    [
      "fixture: fixture.sqlite3",
      "fixture: null",
      "lab.yaml:10:13 app.database: sqlite needs app.fixture, the file that app.prepare or app.steps make",
    ],
    [
      "database: sqlite",
      "database: postgres",
      "lab.yaml:7:3 app.apt: must name postgresql-17, the server of app.database: postgres",
    ],
    [
      "database: sqlite",
      "database: postgres\n  apt: [postgresql-17]\n  settings: mysite.settings\n  steps: [migrate]",
      "app.steps: have no PostgreSQL while the image is built; use app.prepare",
    ],
    [
      'freeze: { python: "3.13"',
      'freeze: { python: "3.13", threads: 4',
      "variants.freeze.threads: needs workerClass: gthread",
    ],
    [
      'freeze: { python: "3.13"',
      'freeze: { python: "3.13", workerClass: uvicorn',
      /workerClass: uvicorn needs warmup: 0, or preload: false.*\n.*uvicorn needs app.asgi\n.*uvicorn needs uvicorn in app.requirements/,
    ],
    ["title: Eight", "title: !!js/function Eight", /lab\.yaml:4:8 .*tag/],
    ["name: django-8workers", "name: latest", /^lab.yaml:\d+:7 name: cannot be called latest: results\/latest is/],
    ["  seal: {", "  constructor: {", /variants.constructor: cannot be called constructor: every JavaScript object/],
    ["  seal: {", "  latest: {", /variants.latest: cannot be called latest/],
    ["warmup: 400", "__proto__: {warmup: 1}", /__proto__: nothing can have this name/],
    ["  seal: {", "  __proto__: {", /lab.yaml:41:3 __proto__: nothing can have this name/],
  ] as const)("%s -> %s", (from, to, wanted) => {
    const found = problems(changed(from, to));
    if (typeof wanted === "string") expect(found.join("\n")).toContain(wanted);
    else expect(found.join("\n")).toMatch(wanted);
  });

  it("refuses aliases that grow exponentially", () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(", ")}]`,
    );
    expect(problems(["l0: &l0 [x, x]", ...levels].join("\n"))[0]).toContain("cannot follow the aliases");
  });

  it("refuses texts that nest too deeply or are too long", () => {
    expect(problems("[".repeat(200_000))).not.toEqual([]);
    expect(problems(`a: ${"x".repeat(300_000)}`)).toEqual(["lab.yaml:1:1 longer than 262144 characters"]);
  });

  it.each([
    "",
    "\n\n",
    "# nothing",
    "just text",
    "[1, 2]",
    "null",
    "--- a\n--- b\n",
    "\0",
    "\ufeff",
    "a: b: c",
    "\t- x",
  ])("refuses %j", (text) => {
    expect(problems(text)).not.toEqual([]);
  });

  const anyText = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc
      .array(
        fc.constantFrom(
          "a: ",
          "- ",
          "\n",
          "  ",
          "{",
          "}",
          "[",
          "]",
          "&a ",
          "*a",
          '"',
          "'",
          "|",
          ">",
          "!!",
          "? ",
          "#",
          "---",
          "variants:",
          "app:",
        ),
        { maxLength: 60 },
      )
      .map((all) => all.join("")),
    fc.json({ maxDepth: 4 }),
    fc
      .tuple(fc.nat(FLAGSHIP.length), fc.nat(40), fc.string({ maxLength: 20 }))
      .map(([at, length, text]) => FLAGSHIP.slice(0, at) + text + FLAGSHIP.slice(at + length)),
    fc
      .dictionary(
        fc.constantFrom("apiVersion", "name", "app", "fleet", "load", "variants", "expect", "__proto__"),
        fc.anything({ maxDepth: 2 }),
      )
      .map((value) => JSON.stringify(value) ?? ""),
  );

  it("answers any text with a lab or with problems that stand inside it", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { spec, problems: found } = parseLab(text);
        if (spec !== undefined) return spec.variants.length > 0 && stringify(spec) !== "";
        const lines = text.split(/\r\n|\n|\r/).length;
        return (
          found.length > 0 &&
          found.every(({ line, column, message }) => line >= 1 && line <= lines && column >= 1 && message !== "")
        );
      }),
      { numRuns: 500 },
    );
  });
});
