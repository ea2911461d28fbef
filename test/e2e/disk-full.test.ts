import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Faults, FULL, LAB, prepareFaults, SLOW, SMALL } from "./faults.js";

const MEGABYTE = 1_048_576;
const UP = ["up", LAB, ...SMALL, "--requests", "20", "--detach"] as const;
let faults: Faults;

beforeAll(async () => {
  faults = await prepareFaults({ disk: "1g" });
});

afterAll(() => faults.close());

/** Takes all that is left of a small disk. */
async function fill(disk: string): Promise<void> {
  await expect(writeFile(join(disk, "filler"), Buffer.alloc(8 * MEGABYTE))).rejects.toMatchObject({ code: "ENOSPC" });
}

const empty = (disk: string): Promise<void> => rm(join(disk, "filler"));

/** Expects exit code 1 with what, where and the next command. */
async function expectFull(
  running: Promise<{ code: number | null; stderr: string }>,
  what: RegExp,
  where: string,
): Promise<void> {
  const { code, stderr } = await running;
  const told = stderr.slice(stderr.indexOf("majek-lab: "));
  expect([code, told]).toEqual([1, expect.stringMatching(what)]);
  expect(told).toContain(`\n  at ${where}`);
  expect(told).toMatch(/\n {2}next: .+\n$/);
}

describe("a full disk of the results", () => {
  const NO_SPACE = /^majek-lab: no space left on the disk of the results/;
  let disk = "";
  let results: readonly string[] = [];
  const runs = async (): Promise<string[]> =>
    (await readdir(join(disk, LAB)).catch(() => [])).filter((name) => name !== "latest");

  beforeAll(async () => {
    disk = await faults.engine.smallDisk(MEGABYTE);
    results = ["--results", disk];
  });
  afterEach(async () => {
    expect(await faults.engine.leftovers()).toEqual([]);
  });

  it("is said before a fleet is started, and nothing is kept of that run", async () => {
    await fill(disk);
    await expectFull(faults.run([...UP, ...results]), NO_SPACE, join(disk, LAB));
    expect(await runs()).toEqual([]);
    await empty(disk);
  });

  it("while the load runs costs that run only", async () => {
    await faults.succeed([...UP, ...results]);
    const [good] = await runs();
    const loading = faults.start(["up", LAB, ...SMALL, "--requests", "300", "--recreate", "--detach", ...results]);
    await loading.matched(/"event":"progress".*"min":[1-9]/);
    await fill(disk);
    await expectFull(loading.ended, NO_SPACE, join(disk, LAB));
    // The new run may have got as far as its last checkpoint: whatever `latest` is by now, it is whole.
    for (const run of [good ?? "", "latest"]) await faults.succeed(["check", run, "--format", "json", ...results]);
    await empty(disk);
  });
});

describe("a full disk of the content store", () => {
  const NO_SPACE = /^majek-lab: no space left on the disk of the content store/;

  it("is said, and nothing is kept of what was being stored", async () => {
    const disk = await faults.engine.smallDisk(MEGABYTE / 4);
    const place = await faults.place([], disk);
    await expectFull(faults.tool.run(["build", SLOW], place), NO_SPACE, join(disk, "derived"));
    expect(await readdir(join(disk, "tmp"))).toEqual([]);
    expect(await faults.engine.leftovers()).toEqual([]);
  });

  it("is said where not even a lock can be written", async () => {
    const disk = await faults.engine.smallDisk(MEGABYTE);
    const place = await faults.place([], disk);
    await fill(disk);
    await expectFull(faults.tool.run(UP, place), NO_SPACE, join(disk, "locks"));
    expect(await readdir(join(disk, "locks"))).toEqual([]);
    await empty(disk);
    await faults.succeed(UP, place);
    await faults.succeed(["down", "--all"]);
  });
});

// A minute: in make test-full only.
describe.runIf(FULL)("a full disk of the engine", () => {
  const NO_SPACE = /^majek-lab: the engine has no space left on its disk/;
  afterEach(async () => {
    await faults.engine.freeDisk();
    await faults.succeed(UP);
    await faults.succeed(["down", "--all"]);
    expect(await faults.engine.leftovers()).toEqual([]);
  });

  it.each([
    ["an image is loaded", 30, UP],
    ["a build begins", 40, ["build", SLOW]],
    ["a build ends", 200, ["build", SLOW]],
    ["a fleet is started", 0, UP],
  ])("is said when %s", async (_when, megabytes, command) => {
    await faults.succeed(["prune", "--images"]);
    if (megabytes === 0) await faults.succeed(["build", LAB]);
    await faults.engine.fillDisk(megabytes * MEGABYTE);
    await expectFull(faults.run(command), NO_SPACE, "");
    expect(await faults.engine.leftovers()).toEqual([]);
  });
});
