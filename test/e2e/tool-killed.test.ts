import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
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

  it("while an application is installed: the next up installs it", async () => {
    await killWhen(faults.start(["up", SLOW, "--detach"]), /Application.*preparing/);
    await faults.succeed(["up", SLOW, "--detach"]);
  });

  it("while an image loads: the next up loads it", async () => {
    await killWhen(faults.start(UP), /step-started.*localhost.majek-lab.django/);
    await faults.succeed(UP);
  });

  it("while a fleet boots: the next up replaces it", async () => {
    await killWhen(faults.start(UP), /"state":"starting"/);
    await faults.succeed(UP);
  });

  it("while an interpreter compiles: prune removes what was compiled", async () => {
    const place = await faults.place([faults.keys.python]);
    await killWhen(faults.start(["build", SLOW], place), /CPython.*configure/);
    await faults.succeed(["prune"]);
    if (FULL) await faults.succeed(["build", SLOW], place);
  });

  it("while the seed works: prune ends it", async () => {
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
