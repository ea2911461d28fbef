import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
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
import { progressFile } from "../../../src/workshop/progress.js";
import { exampleCheckpoint, exampleRun, exampleVariant } from "../results/example-run.js";

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
    expect(printed.at(-1)).toContain("Step 1 of 3 is done. Next: Make a file.");
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
