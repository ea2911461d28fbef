import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadHandout, parseStep } from "../../../src/spec/handout.js";

const GOOD = `---
title: Count memory once
minutes: 15
checks:
  - name: smaller
    expect: preload.fleetBytes < 0.5 * no-preload.fleetBytes
    fail: Measure both.
  - name: a file
    script: checks/file.sh
    fail: Make the file.
hints: [One, Two]
solution: Do it.
---

Text with
---
a line of dashes.
`;

function problems(text: string): string[] {
  const parsed = parseStep(text, "lab");
  if (!("problems" in parsed)) throw new Error("it was read");
  return parsed.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
}

describe("a step", () => {
  it("is read with its defaults", () => {
    expect(parseStep(GOOD, "my-lab")).toEqual({
      step: {
        title: "Count memory once",
        minutes: 15,
        lab: "my-lab",
        checks: [
          { name: "smaller", expect: "preload.fleetBytes < 0.5 * no-preload.fleetBytes", fail: "Measure both." },
          { name: "a file", script: "checks/file.sh", timeoutSeconds: 15, fail: "Make the file." },
        ],
        hints: ["One", "Two"],
        solution: "Do it.",
        text: "Text with\n---\na line of dashes.",
      },
    });
  });

  it.each([
    ["# Only Markdown\n", ["1:1 : must begin with front matter: YAML between two lines of three dashes"]],
    ["---\ntitle: x\n", ["1:1 : must begin with front matter: YAML between two lines of three dashes"]],
    ["---\nminutes: 5\n---\n", ["2:1 title: is missing; expected text"]],
    ["---\ntitle: x\nminuts: 5\n---\n", ['3:1 minuts: unknown key (did you mean "minutes"?)']],
    ["---\ntitle: x\nchecks:\n  - {name: a, fail: b}\n---\n", ["4:5 checks[0]: needs either expect or script"]],
    [
      "---\ntitle: x\nchecks:\n  - {name: a, fail: b, script: ../../x.sh}\n---\n",
      ['4:32 checks[0].script: expected a file in the folder of the hand-out, got "../../x.sh"'],
    ],
  ])("%j says what is wrong with it, and where in the file", (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it("points into a broken expression", () => {
    const [found = ""] = problems(GOOD.replace("0.5 *", "0.5 ***"));
    expect(found).toMatch(/^6:\d+ checks\[0\]\.expect: /);
  });

  it("is never read wrongly, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        const parsed = parseStep(`---\n${text}\n---\nbody\n`, "lab");
        if ("problems" in parsed) expect(parsed.problems.length).toBeGreaterThan(0);
        else expect(parsed.step.title.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe("a hand-out", () => {
  let directory = "";
  const lab = (): { name: string; title: string; directory: string } => ({ name: "lab", title: "A lab", directory });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "majek-handout-"));
    await mkdir(join(directory, "handout"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("has its steps in the order of their files", async () => {
    await writeFile(join(directory, "handout/02-second.md"), GOOD);
    await writeFile(join(directory, "handout/01-first.md"), GOOD);
    await writeFile(join(directory, "handout/README.md"), "no step");
    expect((await loadHandout(lab())).steps.map(({ id }) => id)).toEqual(["first", "second"]);
  });

  it("may have none", async () => {
    expect((await loadHandout({ ...lab(), directory: join(directory, "absent") })).steps).toEqual([]);
  });

  it("names the file and the line of a mistake", async () => {
    await writeFile(join(directory, "handout/01-first.md"), "---\ntitle: 5\n---\n");
    await expect(loadHandout(lab())).rejects.toMatchObject({
      code: "lab",
      where: expect.stringMatching(/handout\/01-first\.md:2:8$/),
      next: expect.stringMatching(/^correct the file, then: majek-lab validate (?!.*handout\/)/),
    });
  });

  it("has no two steps of one name", async () => {
    await writeFile(join(directory, "handout/01-same.md"), GOOD);
    await writeFile(join(directory, "handout/02-same.md"), GOOD);
    await expect(loadHandout(lab())).rejects.toMatchObject({ code: "lab", message: "two steps are called same" });
  });
});
