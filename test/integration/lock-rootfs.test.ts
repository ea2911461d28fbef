import { createReadStream } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fetchInputs } from "../../src/lock/fetch.js";
import { readLock } from "../../src/lock/file.js";
import { platformOf } from "../../src/lock/platform.js";
import { makeRootfs, rootfsScript } from "../../src/lock/rootfs.js";
import { SOURCE_DATE_EPOCH } from "../../src/model/guest.js";
import type { DebEntry, Platform } from "../../src/model/lock.js";
import type { RootfsPlan } from "../../src/model/plan.js";
import { readTar } from "../../src/system/tar.js";
import { type TestContext, testContext } from "./lock-context.js";

const LOCK = new URL("../../labs/django-8workers/lab.lock", import.meta.url).pathname;

let context: TestContext;
let debs: readonly DebEntry[];

beforeAll(async () => {
  context = await testContext();
  const lock = await readLock(LOCK);
  const platform: Platform = platformOf(context.engine.info.architecture);
  const block = lock?.platforms[platform];
  if (lock === undefined || block === undefined) throw new Error(`no lock for ${platform}`);
  const baseOnly = {
    ...lock,
    platforms: { [platform]: { ...block, builder: [], sources: [], python: [], pythonBuild: [] } },
  };
  debs = (await fetchInputs(context, baseOnly, platform)).lock.base;
});
afterAll(() => context.clean());

const plan = (key: string): RootfsPlan => ({ kind: "base", suite: "trixie", debs, leftOut: [], key });

interface Entry {
  readonly type: string;
  readonly mtime: number;
}

async function entriesOf(path: string): Promise<{ names: string[]; entries: Map<string, Entry>; status: string }> {
  const names: string[] = [];
  const entries = new Map<string, Entry>();
  let status = "";
  await readTar(createReadStream(path), async ({ name, type, mtime }, content) => {
    names.push(name);
    entries.set(name.replace(/^\.\//, "").replace(/\/$/, ""), {
      type: type ?? "",
      mtime: (mtime?.getTime() ?? 0) / 1000,
    });
    if (name === "./var/lib/dpkg/status") for await (const chunk of content) status += String(chunk);
  });
  return { names, entries, status };
}

describe("root file system", () => {
  it("has exactly the locked packages and nothing of the machine that made it", async () => {
    const { path } = await makeRootfs(context, plan("base-1"));
    const { names, entries, status } = await entriesOf(path);
    const installed = [...status.matchAll(/^Package: (.*)$/gm)].map((match) => match[1]);
    expect(installed.sort()).toEqual(debs.map(({ name }) => name).sort());
    const types = new Set([...entries.values()].map(({ type }) => type));
    expect([...types].sort()).toEqual(["directory", "file", "link", "symlink"]);
    expect(new Set([...entries.values()].map(({ mtime }) => mtime))).toEqual(new Set([SOURCE_DATE_EPOCH]));
    expect(new Set(names).size).toBe(names.length);
    for (const folder of ["dev", "proc", "sys", "run", "tmp", "var/cache", "var/log", "var/tmp"]) {
      expect(entries.get(folder)?.type).toBe("directory");
      expect([...entries.keys()].filter((name) => name.startsWith(`${folder}/`))).toEqual([]);
    }
    for (const volatile of ["etc/machine-id", "var/lib/apt", "var/lib/dpkg/status-old", "etc/passwd-"]) {
      expect(entries.has(volatile)).toBe(false);
    }
    for (const wanted of ["etc/hostname", "etc/resolv.conf", "usr/bin/bash", "usr/share/zoneinfo/UTC"]) {
      expect(entries.has(wanted)).toBe(true);
    }
  });

  it("has the same bytes when it is made again", async () => {
    const first = await makeRootfs(context, plan("base-1"));
    const second = await makeRootfs(context, plan("base-2"));
    expect(second.path).not.toBe(first.path);
    expect(second.sha256).toBe(first.sha256);
  });

  it("leaves out what the plan says, with all below it and links beside it", async () => {
    const leftOut = ["usr/bin/dash", "usr/share/zoneinfo"];
    const { path } = await makeRootfs(context, { ...plan("base-6"), leftOut });
    const names = [...(await entriesOf(path)).entries.keys()];
    expect(names.filter((name) => /^usr\/(bin\/(da)?sh$|share\/zoneinfo)/.test(name))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(["usr/bin/bash", "usr/share/doc"]));
  });

  it("says which package was not fetched", async () => {
    const unknown = { ...debs[0], sha256: "4".repeat(64) } as DebEntry;
    await expect(makeRootfs(context, { ...plan("base-3"), debs: [unknown] })).rejects.toMatchObject({
      code: "input",
      next: "majek-lab fetch LAB",
    });
  });

  it("fails with the log of the package tools when packages are missing", async () => {
    const incomplete = debs.filter(({ name }) => name !== "libc6");
    await expect(makeRootfs(context, { ...plan("base-4"), debs: incomplete })).rejects.toMatchObject({
      code: "build",
      details: expect.arrayContaining([expect.stringContaining("libc6")]),
    });
    expect(await context.store.derived("base-4")).toBeUndefined();
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const stop = new AbortController();
    const update = (detail: string): void => {
      if (detail.includes("extracting")) stop.abort();
    };
    const step = () => ({ update, done: () => undefined, fail: () => undefined });
    const progress = { ...context.progress, step };
    const making = makeRootfs({ ...context, progress, signal: stop.signal }, plan("base-5"));
    await expect(making).rejects.toMatchObject({ code: "interrupted" });
    expect(await context.store.derived("base-5")).toBeUndefined();
    expect(await context.leftContainers()).toBe(0);
  });

  it("is made by a script whose text can be part of a key", async () => {
    expect(await rootfsScript()).toContain("mmdebstrap");
  });
});
