import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { lockHash, readLock, writeLock } from "../../../src/lock/file.js";
import type { TreeContext } from "../../../src/model/context.js";
import type { ImageRef } from "../../../src/model/image.js";
import type { ExpectedImage, LabLock } from "../../../src/model/lock.js";
import {
  type DigestState,
  judgeDigests,
  recordDigests,
  recordNamed,
  requireExpected,
} from "../../../src/pipeline/expected.js";
import type { BuiltLab } from "../../../src/pipeline/images.js";
import { planLab } from "../../../src/plan/plan.js";
import { labLock, platformLock } from "../lock/samples.js";
import { request } from "../plan/fixtures.js";

const folder = mkdtempSync(join(tmpdir(), "majek-expected-"));
const lockFile = join(folder, "lab.lock");
afterAll(() => rmSync(folder, { recursive: true }));

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const context = (key: string): TreeContext => ({ dockerfile: "", files: [], tree: "/opt", key });

/** A lab that was built, with what the lock expects of it. */
async function built(
  expected: Record<string, ExpectedImage> | undefined,
  changes: { key?: string; layer?: string } = {},
) {
  const asked = await request();
  const plan = planLab(asked);
  const lock = { ...asked.inputs.lock, ...(expected && { expected }) };
  const reference = (tag: string): ImageRef => ({
    tag,
    diffIds: [digest(changes.layer ?? "a")],
    configDigest: digest("b"),
    manifestDigest: digest("c"),
  });
  const images = new Map(plan.images.map(({ tag }) => [tag, reference(tag)]));
  const trees = [{ title: "interpreter", context: context(changes.key ?? "key") }];
  const recipes = {
    probe: { title: "Probe", context: context("probe") },
    images: plan.images.map((image) => ({ image, trees })),
  };
  const inputs = { ...asked.inputs, lock };
  return { plan, inputs, images, probe: reference("probe"), recipes };
}

const states = (map: ReadonlyMap<string, DigestState>): string[] => [...new Set(map.values())];

const bench = {
  progress: { note: () => undefined },
  environment: { cacheDir: join(folder, "cache") },
  workspace: { argv: ["majek-lab", "build", "a-lab", "--record"] },
} as unknown as Parameters<typeof recordNamed>[0];

const record = (one: Awaited<ReturnType<typeof built>>) =>
  recordNamed(bench, { ...one, lab: { lockFile } } as unknown as BuiltLab, one.recipes);

async function recorded(): Promise<Record<string, ExpectedImage>> {
  const lock: LabLock = { ...labLock, platforms: { "linux/amd64": platformLock } };
  await writeLock(lockFile, lock);
  await record(await built(undefined));
  const written = (await readLock(lockFile))?.platforms["linux/amd64"]?.expected;
  if (!written) throw new Error("nothing was written");
  return { ...written };
}

describe("digests in lab.lock", () => {
  it("are unknown until they are recorded, and the same afterwards", async () => {
    const before = await built(undefined);
    expect(states(judgeDigests(before, before.recipes))).toEqual(["unknown"]);
    const expected = await recorded();
    expect(Object.keys(expected)).toEqual(["3.13", "3.13+majek", "probe"]);
    const after = await built(expected);
    expect(states(judgeDigests(after, after.recipes))).toEqual(["same"]);
  });

  it("are all there where labs that share a lock record theirs at once", async () => {
    await writeLock(lockFile, { ...labLock, platforms: { "linux/amd64": platformLock } });
    const one = await built(undefined);
    // As two labs with one interpreter each have them.
    const part = (at: number) => ({
      ...one,
      plan: { ...one.plan, images: one.plan.images.slice(at, at + 1) },
      recipes: { ...one.recipes, images: one.recipes.images.slice(at, at + 1) },
    });
    await Promise.all([record(part(0)), record(part(1))]);
    const written = (await readLock(lockFile))?.platforms["linux/amd64"]?.expected;
    expect(Object.keys(written ?? {}).sort()).toEqual(["3.13", "3.13+majek", "probe"]);
    expect(readdirSync(join(folder, "cache/locks"))).toEqual([]);
  });

  it("do not change what the lock is called: images carry that name", async () => {
    const hash = lockHash(labLock, "linux/amd64");
    await recorded();
    const lock = await readLock(lockFile);
    expect(lock && lockHash(lock, "linux/amd64")).toBe(hash);
  });

  it("are of one platform: a block for another one changes nothing, a package does", () => {
    const hash = lockHash(labLock, "linux/amd64");
    const both = { ...labLock, platforms: { ...labLock.platforms, "linux/arm64": platformLock } };
    expect(lockHash(both, "linux/amd64")).toBe(hash);
    expect(lockHash(both, "linux/arm64")).not.toBe(hash);
    const fewer = { ...labLock, platforms: { "linux/amd64": { ...platformLock, base: [] } } };
    expect(lockHash(fewer, "linux/amd64")).not.toBe(hash);
  });

  it("tell other bytes of the same recipe from another recipe", async () => {
    const expected = await recorded();
    const other = await built(expected, { layer: "f" });
    expect(states(judgeDigests(other, other.recipes))).toEqual(["different"]);
    const changed = await built(expected, { layer: "f", key: "other" });
    const judged = judgeDigests(changed, changed.recipes);
    expect(judged.get("localhost/majek-lab/django-8workers:3.13")).toBe("outdated");
  });

  it("say nothing about packages that were resolved again", async () => {
    const one = await built(await recorded(), { layer: "f" });
    const inputs = { ...one.inputs, reResolved: [{ name: "zlib1g", lockedVersion: "1", usedVersion: "2" }] };
    expect(states(judgeDigests({ ...one, inputs }, one.recipes))).toEqual(["re-resolved"]);
    const lab = { ...one, inputs, lab: { lockFile } } as unknown as BuiltLab;
    await expect(recordDigests({} as never, lab)).rejects.toMatchObject({ code: "input" });
  });

  it("fail a verified build that has others", () => {
    const digests = new Map<string, DigestState>([
      ["a", "same"],
      ["b", "different"],
      ["c", "outdated"],
    ]);
    const lab = { lockFile } as BuiltLab["lab"];
    expect(() => requireExpected({ lab, digests })).toThrow(
      expect.objectContaining({ code: "reproducibility", details: ["b"] }),
    );
    expect(() => requireExpected({ lab, digests: new Map([["a", "same"]]) })).not.toThrow();
  });
});
