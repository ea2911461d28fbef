import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { acquireLabLock, busyLabs } from "../../../src/fleet/lock.js";
import { isAlive, ownIdentity } from "../../../src/system/process.js";

const LOADER = resolve(import.meta.dirname, "../../helpers/typescript-loader.mjs");
const HOLDER = resolve(import.meta.dirname, "lock-holder.ts");

let cacheDir = "";
const children: ChildProcess[] = [];
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), "majek-lock-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(cacheDir, { recursive: true, force: true });
});

const acquire = (lab = "small", endpoint = "/run/docker.sock") =>
  acquireLabLock({ cacheDir, endpoint, lab }, ["majek-lab", "run", lab]);

/** Starts a process that takes the lock; resolves with what it says. */
async function holder(lab = "small"): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, ["--import", LOADER, HOLDER, cacheDir, lab], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [chunk] = await once(child.stdout, "data");
  return { child, said: String(chunk).trim() };
}

async function onlyLockFile(): Promise<string> {
  const [name = ""] = await readdir(join(cacheDir, "locks"));
  return join(cacheDir, "locks", name);
}

describe("the lock of a lab", () => {
  it("names its holder to whoever comes second", async () => {
    const { child } = await holder();
    await expect(acquire()).rejects.toMatchObject({
      code: "failed",
      message: "small is in use by another majek-lab on this engine",
      details: [expect.stringMatching(`^process ${child.pid}, since 20`), "majek-lab up small"],
      next: expect.stringContaining(`kill ${child.pid}`),
    });
  });

  it("does not block after its holder was killed", async () => {
    const { child } = await holder();
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await busyLabs(cacheDir, "/run/docker.sock")).toEqual(new Set());
    const lock = await acquire();
    await lock.release();
    await lock.release();
    expect(await readdir(join(cacheDir, "locks"))).toEqual([]);
  });

  it("has one winner when many find a dead holder at once", async () => {
    const { child } = await holder();
    child.kill("SIGKILL");
    await once(child, "exit");
    const answers = await Promise.all(Array.from({ length: 5 }, () => holder()));
    const said = answers.map((answer) => answer.said).sort();
    expect(said).toEqual(["held", ...Array(4).fill("refused: small is in use by another majek-lab on this engine")]);
  });

  it("is one per lab and engine", async () => {
    const locks = [await acquire("one"), await acquire("two"), await acquire("one", "/run/podman.sock")];
    expect(await busyLabs(cacheDir, "/run/docker.sock")).toEqual(new Set(["one", "two"]));
    await Promise.all(locks.map((lock) => lock.release()));
  });

  it("does not mistake a process that got the dead holder's pid for the holder", async () => {
    const lock = await acquire();
    const file = await onlyLockFile();
    const content = JSON.parse(await readFile(file, "utf8"));
    await writeFile(file, JSON.stringify({ ...content, startTime: content.startTime - 1 }));
    const second = await acquire();
    await lock.release();
    expect(await readdir(join(cacheDir, "locks"))).toHaveLength(1);
    await second.release();
  });

  it("comes to one after the other, where they wait for it", async () => {
    const place = { cacheDir, endpoint: "", lab: "/labs/small/lab.lock" };
    const held: number[] = [];
    const work = async (number: number): Promise<void> => {
      const lock = await acquireLabLock(place, ["majek-lab"], 60_000);
      held.push(number);
      const before = [...held];
      await new Promise((done) => setImmediate(done));
      expect(held).toEqual(before);
      held.splice(held.indexOf(number), 1);
      expect(held).toEqual([]);
      await lock.release();
    };
    await Promise.all([1, 2, 3].map(work));
    const lock = await acquireLabLock(place, ["majek-lab"]);
    const message = "/labs/small/lab.lock is in use by another majek-lab";
    await expect(acquireLabLock(place, ["majek-lab"])).rejects.toMatchObject({ message });
    await lock.release();
  });

  it("takes over a file that is no lock", async () => {
    await (await acquire()).release();
    await acquire();
    await writeFile(await onlyLockFile(), "{");
    await acquire();
  });

  it("says where it cannot be written", async () => {
    await writeFile(join(cacheDir, "locks"), "a file where the folder should be");
    await expect(acquire()).rejects.toMatchObject({
      code: "failed",
      where: expect.stringContaining(join(cacheDir, "locks")),
      next: expect.stringContaining("MAJEK_LAB_CACHE"),
    });
  });
});

describe("process identity", () => {
  it("tells living processes from dead ones", async () => {
    expect(await isAlive(await ownIdentity())).toBe(true);
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    expect(await isAlive({ pid: child.pid ?? 0, startTime: null })).toBe(false);
    expect(await isAlive({ pid: 1, startTime: null })).toBe(true);
  });

  it("counts a process that ended and was not waited for as dead", async () => {
    // The shell becomes a program that never waits for its child, and does so before that ends: it would wait for it.
    const parent = spawn("sh", ["-c", "sleep 1 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    const state = async (): Promise<string> => readFile(`/proc/${pid}/stat`, "utf8");
    await expect.poll(state, { timeout: 10_000 }).toContain(") Z ");
    expect(await isAlive({ pid, startTime: null })).toBe(false);
    parent.kill("SIGKILL");
    await once(parent, "exit");
  });
});
