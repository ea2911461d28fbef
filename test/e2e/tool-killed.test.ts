import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { RunResult } from "../../src/model/run.js";
import { listRuns } from "../../src/results/locate.js";
import { readRun } from "../../src/results/read.js";
import { type Faults, FULL, LAB, prepareFaults, SLOW, SMALL } from "./faults.js";
import type { Running } from "./tool.js";

const UP = ["up", LAB, ...SMALL, "--requests", "20", "--detach"] as const;
let faults: Faults;

beforeAll(async () => {
  faults = await prepareFaults();
});

afterAll(() => faults.close());

async function killWhen(running: Running, moment: RegExp): Promise<void> {
  await running.matched(moment);
  running.kill("SIGKILL");
  expect((await running.ended).signal).toBe("SIGKILL");
}

describe("a tool that is killed", () => {
  afterEach(async () => {
    await faults.succeed(["down", "--all"]);
    await faults.succeed(["prune"]);
    expect(await faults.engine.leftovers()).toEqual([]);
  });

  it.runIf(FULL)("while an application is installed: the next up installs it", async () => {
    await killWhen(faults.start(["up", SLOW, "--detach"]), /Application.*preparing/);
    await faults.succeed(["up", SLOW, "--detach"]);
  });

  it("while an image loads: the next up loads it", async () => {
    await killWhen(faults.start(UP), /step-started.*localhost.majek-lab.django/);
    await faults.succeed(UP);
  });

  it("while a fleet boots: the next up replaces it", async () => {
    await killWhen(faults.start(UP), /"event":"variant-started"/);
    await faults.succeed(UP);
  });

  it("while the load runs: run.json has what was measured, and the next up measures it again", async () => {
    const latest = await readRun(join(faults.tool.folder, "results/latest"));
    const running = faults.start(["up", LAB, ...SMALL, "--requests", "100000", "--detach"]);
    await killWhen(running, /"event":"progress".*"min":[1-9]/);
    const [newest] = (await listRuns(join(faults.tool.folder, "results"))).slice(-1);
    const { status, variants } = await readRun(newest?.directory ?? "");
    expect([status, variants["preload-cold"]?.incomplete]).toEqual(["partial", true]);
    expect(variants["preload-cold"]?.checkpoints[0]).toMatchObject({ requestsPerWorker: 0, method: "pfn" });
    expect((await readRun(join(faults.tool.folder, "results/latest"))).id).toBe(latest.id);
    const check = await faults.run(["check", newest?.id ?? "", "--format", "json"]);
    expect([check.code, check.stdout]).toEqual([0, expect.stringContaining("undecided")]);
    const { code, stderr } = await faults.run(["up", LAB, ...SMALL, "--requests", "20", "--detach"]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("replacing the fleet of preload-cold: ")]);
  });

  it.runIf(FULL)("between two variants: the next up measures the second, and its run has both", async () => {
    const both = ["up", LAB, "--variant", "no-preload", "--variant", "preload-cold", "--workers", "2"];
    const up = [...both, "--requests", "20", "--detach"];
    await killWhen(faults.start(up), /"event":"variant-started","variant":"no-preload"/);
    const { code, stdout, stderr } = await faults.run([...up, "--format", "json"]);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("replacing the fleet of preload-cold")]);
    const { status, variants } = JSON.parse(stdout) as RunResult;
    expect([status, Object.keys(variants).sort()]).toEqual(["complete", ["no-preload", "preload-cold"]]);
    expect(variants["preload-cold"]?.checkpoints.map(({ requestsPerWorker }) => requestsPerWorker)).toEqual([0, 20]);
    expect(variants["preload-cold"]?.warnings).toContainEqual(expect.stringMatching(/^measured in run \d{8}T/));
    const again = await faults.run([...up, "--format", "json"]);
    expect(Object.keys((JSON.parse(again.stdout) as RunResult).variants).sort()).toEqual([
      "no-preload",
      "preload-cold",
    ]);
  });

  it("while an interpreter compiles: prune removes what was compiled", async () => {
    const place = await faults.place([faults.keys.python]);
    await killWhen(faults.start(["build", SLOW], place), /CPython.*configure/);
    await faults.succeed(["prune"], place);
    expect(await readdir(join(place.env?.["MAJEK_LAB_CACHE"] ?? "", "tmp"))).toEqual([]);
    if (FULL) await faults.succeed(["build", SLOW], place);
  });

  it.runIf(FULL)("while the seed works: prune ends it", async () => {
    await faults.giveSeed();
    const place = await faults.place([faults.keys.base]);
    await killWhen(faults.start(["build", SLOW], place), /Root file system \(base\).*(extracting|installing)/);
    await faults.succeed(["prune"]);
    if (FULL) await faults.succeed(["build", SLOW], place);
  });

  if (FULL) {
    it("at any moment", async () => {
      await faults.succeed(["prune", "--images"]);
      for (let moment = 100; moment < 8000; moment += 400) {
        const running = faults.start(UP);
        await sleep(moment);
        running.kill("SIGKILL");
        await running.ended;
        if ((moment / 400) % 3 < 1) {
          await faults.succeed(["down", "--all"]);
          await faults.succeed(["prune", "--images"]);
          expect(await faults.engine.leftovers(), `killed after ${moment} ms`).toEqual([]);
        }
      }
      await faults.succeed(UP);
    });
  }
});
