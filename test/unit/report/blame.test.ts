import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { type BlameResult, CAUSES, type Subject } from "../../../src/model/blame.js";
import { savedWithout, sharesBy } from "../../../src/model/blame-shares.js";
import { blameCsv, blameTable, matcher } from "../../../src/report/blame.js";
import { blameJson } from "../../../src/report/blame-json.js";
import { pageText } from "../../../src/report/blame-page.js";
import { readBlame, readCapture, writeBlame, writeCapture } from "../../../src/results/blame.js";

const subject = (cause: Subject["cause"], type: string, module: string, example: string): Subject => ({
  cause,
  type,
  module,
  example,
});

const RESULT: BlameResult = {
  schemaVersion: 1,
  run: "20261123T182000Z-a1b2",
  lab: "small",
  variant: "preload",
  requestsPerWorker: 2000,
  python: "3.13.5",
  pageSize: 4096,
  p0Pages: 10,
  lostPages: 5,
  namedFraction: 0.8,
  seconds: { saving: 0.1, reading: 0.2, analysing: 0.3 },
  processes: [
    { pid: 1, role: "master", lost: 1, named: 1, collections: [0, 0, 0] },
    { pid: 7, role: "worker", lost: 3, named: 2, collections: [40, 3, 1] },
    { pid: 8, role: "worker", lost: 2, named: 2, collections: [41, 3, 0] },
  ],
  causes: [],
  types: [],
  modules: [],
  subjects: [
    subject("reference count", "str", "django.urls", 'PATTERNS["a,b"]'),
    subject("gc header", "tuple", "django.urls.resolvers", "URLResolver._populated"),
    subject("unknown", "", "", ""),
  ],
  pages: [
    { address: "0x7f0000001000", mapping: "", verdicts: [{ processes: [0, 1, 2], subjects: [0] }] },
    { address: "0x7f0000002000", mapping: "", verdicts: [{ processes: [1, 2], subjects: [0, 1] }] },
    { address: "0x7f0000003000", mapping: "[heap]", verdicts: [{ processes: [1], subjects: [2] }] },
  ],
};

describe("shares", () => {
  it("count a page for each worker that lost it, and the master's not", () => {
    expect(sharesBy(RESULT, ({ cause }) => cause)).toEqual([
      { name: "reference count", pages: 4, only: 2 },
      { name: "gc header", pages: 2, only: 0 },
      { name: "unknown", pages: 1, only: 1 },
    ]);
  });

  it("say what fixing causes together would save", () => {
    expect(savedWithout(RESULT, matcher("reference count"))).toBe(2);
    expect(savedWithout(RESULT, matcher("module:django.urls"))).toBe(4);
    expect(savedWithout(RESULT, matcher("type:tuple"))).toBe(0);
  });

  it("never save more than was lost, and everything without every cause", () => {
    fc.assert(
      fc.property(fc.subarray([...CAUSES]), (fixed) => {
        const saved = savedWithout(RESULT, ({ cause }) => fixed.includes(cause));
        const alone = sharesBy(RESULT, ({ cause }) => cause).filter(({ name }) => fixed.some((one) => one === name));
        expect(saved).toBeGreaterThanOrEqual(alone.reduce((sum, { only }) => sum + only, 0));
        expect(saved).toBeLessThanOrEqual(RESULT.lostPages);
      }),
    );
    expect(savedWithout(RESULT, () => true)).toBe(RESULT.lostPages);
  });
});

describe("what people see of blame", () => {
  it("shows unknown causes among the others", () => {
    const text = blameTable(RESULT, { top: 10 });
    expect(text).toContain("2 workers lost 5 pages");
    expect(text).toContain("named: 80 %");
    expect(text).toMatch(/^\s+1\s+0\.0\s+1\s+unknown$/m);
  });

  it("says what fixing one would save", () => {
    expect(blameTable(RESULT, { top: 10, whatIf: "reference count" })).toBe(
      "Without reference count: 2 of 5 lost pages would be shared (0.0 MB).",
    );
    expect(blameTable(RESULT, { top: 10, whatIf: "type:str", worker: 0 })).toContain("1 of 3 lost pages");
  });

  it("shows one page", () => {
    expect(blameTable(RESULT, { top: 10, page: "7f0000002fff" })).toBe(
      [
        "0x7f0000002000 (anonymous)",
        "lost by worker 7, worker 8:",
        '  reference count, str, e.g. django.urls:PATTERNS["a,b"]',
        "  gc header, tuple, e.g. django.urls.resolvers:URLResolver._populated",
      ].join("\n"),
    );
  });

  it.each([
    ["a worker", { worker: 2 }, "there is no worker 2"],
    ["a page", { page: "0x1000" }, "nobody lost a page at 0x1000"],
  ])("names %s that is not there", (_, view, message) => {
    expect(() => blameTable(RESULT, { top: 10, ...view })).toThrow(message);
  });

  it("quotes what a comma would cut", () => {
    const rows = blameCsv(RESULT, { top: 10, worker: 1 }).split("\n");
    expect(rows[1]).toBe('preload,8,0x7f0000001000,,reference count,str,django.urls,"PATTERNS[""a,b""]",1');
    expect(rows).toHaveLength(4);
  });
});

describe("stored blame", () => {
  async function folder(): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), "majek-lab-blame-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    return directory;
  }

  it("reads back as it was", async () => {
    const directory = await folder();
    await writeBlame(directory, RESULT);
    expect(await readBlame(directory, "preload")).toEqual(RESULT);
  });

  it("names what is stored where a variant is not", async () => {
    const directory = await folder();
    await writeBlame(directory, RESULT);
    await expect(readBlame(directory, "seal")).rejects.toMatchObject({ code: "usage", details: ["stored: preload"] });
  });

  it("is refused where it is cut", async () => {
    const directory = await folder();
    await writeBlame(directory, RESULT);
    await writeFile(join(directory, "blame/preload.json"), JSON.stringify(RESULT).slice(0, 200));
    await expect(readBlame(directory, "preload")).rejects.toThrow("not a valid result of blame");
  });
});

describe("blame as JSON", () => {
  it("is of one worker where one is named", () => {
    expect(blameJson(RESULT, { top: 1, worker: 1 })).toMatchObject({
      lostPages: 2,
      namedFraction: 1,
      causes: [
        { name: "reference count", pages: 2, only: 1 },
        { name: "gc header", pages: 1, only: 0 },
      ],
      pages: [
        { address: "0x7f0000001000", verdicts: [{ processes: [2] }] },
        { address: "0x7f0000002000", verdicts: [{ processes: [2] }] },
      ],
    });
    expect(blameJson(RESULT, { top: 1 })).toBe(RESULT);
  });

  it("says what fixing something would save", () => {
    expect(blameJson(RESULT, { top: 1, whatIf: "reference count" })).toMatchObject({
      whatIf: "reference count",
      lostPages: 5,
      savedPages: 2,
      savedBytes: 8192,
    });
    expect(blameJson(RESULT, { top: 1, whatIf: "reference count", worker: 1 })).toMatchObject({ savedPages: 1 });
  });
});

describe("one page", () => {
  it("shows what lay on it, and its words before and after", () => {
    const word = { cause: "reference count", type: "str", place: "django.urls:NAME" } as const;
    const text = pageText({
      schemaVersion: 1,
      address: "0x7f0000001000",
      objects: [
        { offset: -16, bytes: 64, what: "dict", place: "django.urls:CACHE" },
        { offset: 0x30, bytes: 56, what: "str", place: "django.urls:NAME" },
      ],
      processes: [
        { pid: 7, role: "worker", words: [{ offset: 0x30, before: "0x01", now: "0x02", ...word }] },
        { pid: 8, role: "worker", words: [] },
      ],
    });
    expect(text).toMatch(/^ +-10 +64 +dict +django\.urls:CACHE$/m);
    expect(text).toMatch(/^\* +30 +56 +str +django\.urls:NAME$/m);
    expect(text).toMatch(/worker 7 lost it\n\n.*\n30 +0x01 +0x02 +reference count +str +django\.urls:NAME/);
    expect(text).toMatch(/worker 8 lost it\n\nevery word is as it was/);
  });

  it("comes from what is stored with the run; what is damaged or missing is said", async () => {
    const folder = await mkdtemp(join(tmpdir(), "majek-capture-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeCapture(folder, "preload", Buffer.from("pages"));
    expect((await readCapture(folder, "preload")).toString()).toBe("pages");
    await expect(readCapture(folder, "seal")).rejects.toMatchObject({ code: "usage" });
    await writeFile(join(folder, "blame", "preload.capture.gz"), "damaged");
    await expect(readCapture(folder, "preload")).rejects.toMatchObject({ code: "failed" });
  });
});
