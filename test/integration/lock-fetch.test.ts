import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findMirror, openApt, resolveClosure } from "../../src/lock/apt.js";
import { fetchInputs } from "../../src/lock/fetch.js";
import { platformOf } from "../../src/lock/platform.js";
import { SUITE } from "../../src/lock/recipe.js";
import { ensureSeed } from "../../src/lock/seed.js";
import { withSeed } from "../../src/lock/session.js";
import { missingFiles, wantedFiles } from "../../src/lock/wanted.js";
import type { DebEntry, LabLock, Platform } from "../../src/model/lock.js";
import { type TestContext, testContext } from "./lock-context.js";

let context: TestContext;
let platform: Platform;
let debs: readonly DebEntry[];

beforeAll(async () => {
  context = await testContext();
  platform = platformOf(context.engine.info.architecture);
  const image = await ensureSeed(context.engine, context.environment, context.progress);
  debs = await withSeed(context, { image, network: "default", scripts: [] }, async (session) => {
    const mirror = await findMirror(context, session, SUITE);
    const apt = await openApt(context, session, { suite: SUITE, platform, mirror, sources: false });
    return resolveClosure(apt, session, ["libuuid1"]);
  });
});
afterAll(() => context.clean());

function lockOf(base: readonly DebEntry[]): LabLock {
  const block = { suite: SUITE, base, builder: [], sources: [], python: [], pythonBuild: [] };
  return { lockVersion: 1, lab: "fetch-test", inputsHash: "0".repeat(64), platforms: { [platform]: block } };
}

/** The smallest package of the closure, changed; the rest as it is. */
function changed(change: (deb: DebEntry) => DebEntry): { lock: LabLock; victim: DebEntry } {
  const victim = [...debs].sort((a, b) => a.size - b.size)[0];
  if (victim === undefined) throw new Error("an empty closure");
  return { lock: lockOf(debs.map((deb) => (deb === victim ? change(deb) : deb))), victim };
}

describe("fetch", () => {
  it("resolves a closure with everything the package needs", () => {
    expect(debs.map(({ name }) => name)).toEqual(expect.arrayContaining(["libc6", "libuuid1"]));
    expect(debs.every(({ sha256, size }) => /^[0-9a-f]{64}$/.test(sha256) && size > 0)).toBe(true);
  });

  it("names what is missing when it may not download, and starts nothing", async () => {
    const error = fetchInputs(context, lockOf(debs), platform, { offline: true });
    await expect(error).rejects.toMatchObject({
      code: "input",
      details: expect.arrayContaining([expect.stringMatching(/^libc6_/)]),
    });
  });

  it("refuses a file that is not what the lock names, and keeps nothing of it", async () => {
    const { lock, victim } = changed((deb) => ({ ...deb, sha256: "1".repeat(64) }));
    const file = victim.path.split("/").pop() ?? "";
    await expect(fetchInputs(context, lock, platform)).rejects.toMatchObject({
      code: "input",
      message: expect.stringContaining(file),
    });
    expect(await context.store.find("1".repeat(64), file)).toBeUndefined();
    expect(await context.store.find(victim.sha256, file)).toBeUndefined();
  });

  const dropped = (deb: DebEntry): DebEntry => ({
    ...deb,
    version: "0.1-1",
    path: deb.path.replace(/_[^_]+_/, "_0.1-1_"),
    sha256: "2".repeat(64),
  });

  it("fails on a dropped package where the lock is frozen", async () => {
    const { lock, victim } = changed(dropped);
    await expect(fetchInputs(context, lock, platform, { frozen: true })).rejects.toMatchObject({
      code: "input",
      message: expect.stringContaining(`${victim.name}_0.1-1`),
    });
  });

  it("resolves a dropped package again inside the suite, and says so", async () => {
    const { lock, victim } = changed(dropped);
    const inputs = await fetchInputs(context, lock, platform);
    expect(inputs.reResolved).toContainEqual({
      name: victim.name,
      lockedVersion: "0.1-1",
      usedVersion: victim.version,
    });
    expect(inputs.lock.base).toEqual(debs);
    expect(context.said.join("\n")).toContain(
      `${victim.name} 0.1-1 is no longer on the mirror; using ${victim.version}`,
    );
  });

  it("needs no network once everything is there", async () => {
    const lock = lockOf(debs);
    const inputs = await fetchInputs(context, lock, platform, { offline: true });
    expect(inputs).toEqual({ platform, lock: lock.platforms[platform], reResolved: [] });
    expect(await missingFiles(context.store, wantedFiles(inputs.lock))).toEqual([]);
    expect(await context.leftContainers()).toBe(0);
  });
});
