import { execFileSync } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StudentExport } from "../../../src/model/class.js";
import { workshopCollect, workshopExport } from "../../../src/pipeline/class.js";
import { openLab } from "../../../src/pipeline/inputs.js";
import {
  workshopCheck,
  workshopHint,
  workshopReset,
  workshopShow,
  workshopSolve,
  workshopStart,
  workshopStatus,
} from "../../../src/pipeline/workshop.js";
import type { Workspace } from "../../../src/pipeline/workspace.js";
import { createRun } from "../../../src/results/store.js";
import { sha256 } from "../../../src/system/hash.js";
import { progressFile, progressOf } from "../../../src/workshop/progress.js";
import { exampleCheckpoint, exampleProcess, exampleRun, exampleVariant } from "../results/example-run.js";

const ROOT = resolve(import.meta.dirname, "../../..");
const LAB = "lesson";
let folder = "";
let printed: string[] = [];
let stop = new AbortController();

const workspace = (): Workspace =>
  ({
    workingDirectory: folder,
    packageRoot: ROOT,
    terminal: {},
    interrupts: { signal: stop.signal },
    print: (text: string) => void printed.push(text),
  }) as unknown as Workspace;

const check = (options: { format?: "json"; watch?: boolean; step?: string } = {}): Promise<void> =>
  workshopCheck(workspace(), options.step, { results: "results", format: "table", ...options });

const FIRST = `---
title: Measure
checks:
  - name: half the memory
    expect: seal.fleetBytes <= 0.5 * preload.fleetBytes
    fail: Is it sealed?
hints: [Look at fleet MB, Then at the lab file]
solution: majek-lab run lesson
---
Measure both.
`;
const SECOND = `---
title: Make a file
checks:
  - name: the file is there
    script: checks/file.sh
    timeout: 1
    fail: touch done
---
Make it.
`;
const LAST = "---\ntitle: Read\n---\nThe end.\n";

async function program(script: string): Promise<void> {
  const file = join(folder, "labs", LAB, "handout/checks/file.sh");
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

/** A stored run in which `seal` needs so many bytes, and `preload` 100 MB. */
async function measured(id: string, sealBytes: number): Promise<void> {
  const at = (fleetBytes: number) => [exampleCheckpoint(0), exampleCheckpoint(200, { fleetBytes })];
  const variants = { preload: exampleVariant("preload", at(1e8)), seal: exampleVariant("seal", at(sealBytes)) };
  await (await createRun(join(folder, "results"), exampleRun({ id, lab: LAB, variants }))).close();
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "majek-workshop-"));
  printed = [];
  stop = new AbortController();
  const lab = join(folder, "labs", LAB);
  await cp(join(ROOT, "test/fixtures/labs/minimal"), lab, { recursive: true });
  const file = join(lab, "lab.yaml");
  await writeFile(file, (await readFile(file, "utf8")).replace(/^name: .*/m, `name: ${LAB}`));
  await mkdir(join(lab, "handout/checks"), { recursive: true });
  await writeFile(join(lab, "handout/01-measure.md"), FIRST);
  await writeFile(join(lab, "handout/02-file.md"), SECOND);
  await writeFile(join(lab, "handout/03-read.md"), LAST);
  await program('[ -e done ] && echo "found below $MAJEK_LAB_RESULTS"');
});
afterEach(() => rm(folder, { recursive: true }));

/** A run whose numbers follow from each other. */
function consistent(id: string, sealBytes: number): ReturnType<typeof exampleRun> {
  const workers = [exampleProcess(12), exampleProcess(13)];
  const sharedFraction = { mean: 0.975, min: 0.975, max: 0.975 };
  const at = (fleetBytes: number) => [
    exampleCheckpoint(200, { fleetBytes, lostBytes: 1e6, idealBytes: fleetBytes - 1e6, sharedFraction, workers }),
  ];
  const variants = { preload: exampleVariant("preload", at(1e8)), seal: exampleVariant("seal", at(sealBytes)) };
  return exampleRun({ id, lab: LAB, variants });
}

describe("a class", () => {
  const RUN = "20261124T100000Z-c3d4";

  /** A student's way through the first step, and the file for the teacher. */
  async function student(name: string, id: string): Promise<void> {
    await rm(join(folder, "results"), { recursive: true, force: true });
    await workshopReset(workspace());
    const run = consistent(id, 4e7);
    const { hash } = await openLab(workspace(), LAB);
    await (
      await createRun(join(folder, "results"), { ...run, provenance: { ...run.provenance, labHash: hash } })
    ).close();
    await workshopStart(workspace(), LAB);
    await check();
    await workshopExport(workspace(), { name, results: "results", output: `class/${name}.json` });
  }

  const collected = async (): Promise<string> => {
    await workshopCollect(workspace(), "class", { lab: LAB, output: "class.csv" });
    return readFile(join(folder, "class.csv"), "utf8");
  };

  const change = async (name: string, edit: (text: string) => string): Promise<void> => {
    const file = join(folder, "class", `${name}.json`);
    await writeFile(file, edit(await readFile(file, "utf8")));
  };

  it("has a row for what each student measured, and nothing odd about honest files", async () => {
    await student("Ada", RUN);
    await student("Grace, H.", "20261124T110000Z-d4e5");
    expect((await collected()).split("\n").slice(1, 3)).toEqual([
      `Ada,1,3,0,0,,${LAB},${RUN},preload,200,100000000,1000000,0.975`,
      `Ada,1,3,0,0,,${LAB},${RUN},seal,200,40000000,1000000,0.975`,
    ]);
    await workshopCollect(workspace(), "class", { lab: LAB, output: "class.html" });
    expect(printed.at(-1)).toBe(`${join(folder, "class.html")}: 2 students`);
    const page = await readFile(join(folder, "class.html"), "utf8");
    expect(page).toContain("Grace, H.");
    expect(page).not.toContain("To be looked at");
  });

  it("shows a number that was changed by hand, twice over", async () => {
    await student("Ada", RUN);
    await change("Ada", (text) => text.replace('\\"fleetBytes\\": 40000000', '\\"fleetBytes\\": 30000000'));
    const text = await collected();
    expect(text).toContain(`run ${RUN} was changed after it was checked`);
    expect(text).toContain(`run ${RUN} has numbers that do not follow from each other`);
  });

  it("shows a step that its own run does not pass", async () => {
    await student("Ada", RUN);
    await change("Ada", (text) => text.replaceAll("40000000", "80000000"));
    expect(await collected()).toContain(`measure: ""half the memory"" does not hold for run ${RUN}`);
  });

  it("shows a run that two students hand in, a run of another lab, and one that is missing", async () => {
    await student("Ada", RUN);
    await student("Grace", RUN);
    await student("Linus", "20261124T120000Z-e5f6");
    await change("Linus", (text) => text.replace(/"runs":\{.*\}\}$/s, '"runs":{}}'));
    await writeFile(join(folder, "labs", LAB, "app/more.py"), "");
    const text = await collected();
    expect(text).toContain(`run ${RUN} is in the file of Grace too`);
    expect(text).toContain(`run ${RUN} is of another ${LAB}`);
    expect(text).toContain("Linus,1,3,0,0,measure: the run that passed it is not in the file");
  });

  it("is not made from other files, or into other files", async () => {
    await expect(collected()).rejects.toMatchObject({ code: "usage" });
    await mkdir(join(folder, "class"));
    await expect(collected()).rejects.toMatchObject({ code: "usage" });
    await writeFile(join(folder, "class/x.json"), "{}");
    await expect(collected()).rejects.toMatchObject({ code: "input", where: join(folder, "class/x.json") });
    const asked = workshopCollect(workspace(), "class", { lab: LAB, output: "class.pdf" });
    await expect(asked).rejects.toMatchObject({ code: "usage" });
  });

  it("shows a step that was passed by a run of a lab that nobody knows", async () => {
    await student("Ada", RUN);
    const file = join(folder, "class/Ada.json");
    const own = JSON.parse(await readFile(file, "utf8")) as StudentExport;
    const text = own.runs[RUN]?.replaceAll(`"${LAB}"`, '"mine"') ?? "";
    const steps = { measure: { ...progressOf(own.progress, "measure"), runDigest: sha256(text) } };
    await writeFile(file, JSON.stringify({ ...own, progress: { ...own.progress, steps }, runs: { [RUN]: text } }));
    expect(await collected()).toContain(`measure: run ${RUN}, which passed it, is of mine, not of ${LAB}`);
  });

  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])("has %j as a text that no spreadsheet runs", async (name) => {
    await student("Ada", RUN);
    await change("Ada", (text) => text.replace('"name":"Ada"', `"name":${JSON.stringify(name)}`));
    expect((await collected()).split("\n")[1]?.startsWith(`'${name},`)).toBe(true);
  });

  it("names what is no file of a student, and waits for none", async () => {
    await student("Ada", RUN);
    const [odd, refused] = [join(folder, "class/odd.json"), { code: "input", where: join(folder, "class/odd.json") }];
    await mkdir(odd);
    await expect(collected()).rejects.toMatchObject(refused);
    await rm(odd, { recursive: true });
    await symlink("nowhere", odd);
    await expect(collected()).rejects.toMatchObject(refused);
    await rm(odd);
    await writeFile(odd, "");
    await truncate(odd, 2 ** 30);
    await expect(collected()).rejects.toMatchObject(refused);
    await rm(odd);
    execFileSync("mkfifo", [odd]);
    await expect(collected()).rejects.toMatchObject(refused);
  });

  it("has names as text, whatever they are", async () => {
    await student("<script>alert(1)</script>", RUN);
    await workshopCollect(workspace(), "class/<script>alert(1)<", { lab: LAB, output: "class.html" });
    expect(await readFile(join(folder, "class.html"), "utf8")).not.toContain("<script>");
  });
});

describe("a workshop", () => {
  it("goes from its first step to its last", async () => {
    await workshopStart(workspace(), LAB);
    expect(printed.join("\n")).toContain("Step 1 of 3: Measure");
    await expect(check()).rejects.toMatchObject({ code: "expectation", next: "majek-lab workshop hint" });
    expect(printed.at(-1)).toMatch(/not yet +half the memory\n +lesson was not measured yet\n +Is it sealed\?/);
    await measured("20261124T090000Z-c3d4", 9e7);
    await expect(check()).rejects.toMatchObject({ code: "expectation" });
    expect(printed.at(-1)).toContain("90.0 MB <= 50.0 MB at 200 requests per worker");
    await measured("20261124T100000Z-c3d4", 4e7);
    await check();
    expect(printed.at(-1)).toContain("Step 1 of 3 is done. Next: majek-lab workshop show (Make a file)");
    await expect(check()).rejects.toMatchObject({ code: "expectation", next: "majek-lab workshop show" });
    await writeFile(join(folder, "done"), "");
    await check();
    expect(printed.at(-1)).toContain(`found below ${join(folder, "results")}`);
    await check();
    expect(printed.at(-1)).toContain("That was the last step.");
    await workshopStatus(workspace(), "json");
    const status = JSON.parse(printed.at(-1) ?? "") as { steps: { passedAt: string | null; run: string | null }[] };
    expect(status.steps.map(({ passedAt }) => passedAt !== null)).toEqual([true, true, true]);
    expect(status.steps[0]?.run).toBe("20261124T100000Z-c3d4");
  });

  it("shows hints one after the other, and notes who looks at the solution", async () => {
    await workshopStart(workspace(), LAB);
    await workshopHint(workspace());
    expect(printed.at(-1)).toBe("Hint 1: Look at fleet MB");
    await workshopHint(workspace());
    await workshopHint(workspace());
    expect(printed.at(-1)?.split("\n")).toHaveLength(3);
    await workshopSolve(workspace());
    expect(printed.at(-1)).toBe("majek-lab run lesson");
    await workshopStatus(workspace(), "table");
    expect(printed.at(-1)).toMatch(/-> +1 +Measure +10 +solution seen/);
  });

  it("goes to a step by number or name, and names them where there is none", async () => {
    await workshopStart(workspace(), LAB);
    await workshopShow(workspace(), "3");
    expect(printed.at(-1)).toContain("Step 3 of 3: Read");
    await workshopShow(workspace(), undefined);
    expect(printed.at(-1)).toContain("Step 3 of 3: Read");
    await workshopShow(workspace(), "measure");
    await expect(workshopShow(workspace(), "9")).rejects.toMatchObject({
      code: "usage",
      details: ["1  measure  Measure", "2  file  Make a file", "3  read  Read"],
    });
  });

  it("waits for what is measured meanwhile", async () => {
    await workshopStart(workspace(), LAB);
    const watching = check({ watch: true });
    await sleep(300);
    await measured("20261124T100000Z-c3d4", 4e7);
    await watching;
    // Said once each, however often it looked.
    expect(printed.filter((text) => text.includes("was not measured yet"))).toHaveLength(1);
    expect(printed.at(-1)).toContain("Step 1 of 3 is done.");
  });

  it("ends a program that takes too long, with all that it started", async () => {
    await program("sleep 60 & echo started; sleep 60");
    await workshopStart(workspace(), LAB);
    const before = Date.now();
    await expect(check({ step: "2", format: "json" })).rejects.toMatchObject({ code: "expectation" });
    expect(Date.now() - before).toBeLessThan(10_000);
    const { checks } = JSON.parse(printed.at(-1) ?? "") as { checks: { explanation: string }[] };
    expect(checks[0]?.explanation).toBe("started\nnot done after 1 s");
  });

  it("is not lost to a second one, nor to a damaged file", async () => {
    await expect(workshopShow(workspace(), undefined)).rejects.toMatchObject({ code: "usage" });
    await workshopStart(workspace(), LAB);
    await workshopHint(workspace());
    await workshopStart(workspace(), LAB);
    expect(JSON.parse(await readFile(progressFile(folder), "utf8"))).toMatchObject({
      steps: { measure: { hintsShown: 1 } },
    });
    await expect(workshopStart(workspace(), "django-8workers")).rejects.toMatchObject({ code: "usage" });
    await writeFile(progressFile(folder), "{");
    await expect(workshopShow(workspace(), undefined)).rejects.toMatchObject({ code: "failed" });
    await workshopReset(workspace());
    await workshopStart(workspace(), LAB);
  });

  it("needs steps", async () => {
    await expect(workshopStart(workspace(), "warmup")).rejects.toMatchObject({ code: "usage" });
  });
});
