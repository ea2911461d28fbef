import { randomInt } from "node:crypto";
import {
  appendFile,
  copyFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packTar } from "../../src/system/tar.js";
import { type Faults, FULL, LAB, prepareFaults, SMALL } from "./faults.js";
import type { Outcome, Place } from "./tool.js";

/** Memory that a command may take, in bytes: an archive is never in memory. */
const MEMORY = 200e6;
const TELL = "process.on('exit', () => process.stderr.write('maxRSS ' + process.resourceUsage().maxRSS + '\\n'))";

let faults: Faults;
let folder: string;
let archive: string;
let saved: Outcome;
/** An engine without images, with a content store without anything: a machine that never built a lab. */
let fresh: Place;

beforeAll(async () => {
  faults = await prepareFaults();
  folder = await mkdtemp(join(tmpdir(), "majek-lab-share-"));
  archive = join(folder, "lab.tar");
  const { env } = faults.usual;
  const place = { ...faults.usual, env: { ...env, NODE_OPTIONS: `--import "data:text/javascript,${TELL}"` } };
  saved = await faults.tool.run(["save", LAB, "--offline", "-o", archive], place);
  await faults.engine.docker("rmi", "--force", ...(await imageIds()));
  const nothing = { MAJEK_LAB_CACHE: join(folder, "cache"), MAJEK_LAB_INPUTS: "" };
  fresh = { ...faults.usual, env: { ...env, ...nothing } };
});

afterAll(async () => {
  await faults.close();
  await rm(folder, { recursive: true, force: true });
});

async function imageIds(): Promise<string[]> {
  const list = await faults.engine.docker("images", "--all", "--quiet", "--no-trunc");
  return [...new Set(list.split("\n").filter(Boolean))];
}

const into = (name: string): string => join(folder, name);
const load = (file: string, name: string): Promise<Outcome> =>
  faults.tool.run(["load", file, "--into", into(name)], fresh);

/** Expects that a file is refused for what is in it, and that nothing of it is anywhere. */
async function refused(file: string, what: string): Promise<void> {
  const { code, stderr } = await load(file, "refused");
  expect(code, `${what}\n${stderr}`).toBe(9);
  expect(stderr, what).toContain("nothing was imported");
  expect(await imageIds(), what).toEqual([]);
  expect(await readdir(into("refused")).catch(() => []), what).toEqual([]);
  expect(await readdir(join(folder, "cache/sha256")).catch(() => []), what).toEqual([]);
}

async function flip(file: string, at: number): Promise<void> {
  const handle = await open(file, "r+");
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, at);
  await handle.write(Buffer.of((byte[0] ?? 0) ^ (1 << randomInt(8))), 0, 1, at);
  await handle.close();
}

describe("save", () => {
  it("writes a file, within little memory", async () => {
    expect(saved.code, saved.stderr).toBe(0);
    expect(saved.stdout).toMatch(/^wrote .+lab\.tar \(3 images, [0-9.]+ MB\)\nsha256:[0-9a-f]{64}\n$/);
    const kilobytes = Number(/maxRSS (\d+)/.exec(saved.stderr)?.[1]);
    expect(kilobytes * 1024).toBeLessThan(MEMORY);
  });

  it("writes the same bytes again, in another time zone and with another mask", async () => {
    const through = [...(faults.usual.through ?? []), "sh", "-c", 'umask 077; exec "$@"', "sh"];
    const other = { env: { ...faults.usual.env, TZ: "Asia/Tokyo", LC_ALL: "C" }, through };
    const again = await faults.tool.run(["save", LAB, "-o", join(folder, "again.tar"), "--offline"], other);
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout.split("sha256:")[1]).toBe(saved.stdout.split("sha256:")[1]);
    await rm(join(folder, "again.tar"));
    await faults.engine.docker("rmi", "--force", ...(await imageIds()));
  });
});

describe("load on a machine that has nothing", () => {
  it("imports nothing of a file that is not as it was written", async () => {
    const { size } = await stat(archive);
    const bad = join(folder, "bad.tar");
    for (let round = 0; round < (FULL ? 20 : 2); round += 1) {
      const at = randomInt(size);
      await copyFile(archive, bad);
      await flip(bad, at);
      await refused(bad, `a bit flipped in byte ${at}`);
      const length = randomInt(size);
      await copyFile(archive, bad);
      await truncate(bad, length);
      await refused(bad, `cut off after ${length} bytes`);
    }
    await copyFile(archive, bad);
    await appendFile(bad, Buffer.alloc(512));
    await refused(bad, "an empty block at the end");
    await rm(bad);
  });

  it("imports nothing where the engine has no room for it", async () => {
    await faults.engine.fillDisk(60e6);
    const { code, stderr } = await load(archive, "labs");
    await faults.engine.freeDisk();
    expect([code, stderr]).toEqual([expect.any(Number), expect.stringMatching(/no space/i)]);
    expect(code).not.toBe(0);
    expect(await imageIds()).toEqual([]);
    expect(await readdir(into("labs")).catch(() => [])).toEqual([]);
  });

  it("keeps an older image under the name of one of its own where the lab cannot be written", async () => {
    const tag = `localhost/majek-lab/${LAB}:3.13`;
    const tar = join(folder, "older.tar");
    await writeFile(tar, await buffer(packTar([{ type: "file", name: "text", mode: 0o644, content: "older" }])));
    await faults.engine.docker("import", tar, tag);
    const older = await imageIds();
    const { code, stderr } = await load(archive, "older.tar");
    expect([code, stderr]).toEqual([1, expect.stringContaining("cannot write")]);
    expect(await imageIds()).toEqual(older);
    expect((await faults.engine.docker("image", "inspect", "--format", "{{.Id}}", tag)).trim()).toBe(older[0]);
    // An image that is called like that is what the lab's replaces, once all goes well.
    expect((await load(archive, "replaced")).code).toBe(0);
    expect(await imageIds()).toHaveLength(3);
    expect(await imageIds()).not.toContain(older[0]);
    await faults.engine.docker("rmi", "--force", ...(await imageIds()));
    await rm(into("replaced"), { recursive: true });
  });

  it("takes it whole; then up works without inputs and without network", async () => {
    const loaded = await load(archive, "labs");
    expect(loaded.code, loaded.stderr).toBe(0);
    expect(await imageIds()).toHaveLength(3);
    const lab = join(into("labs"), LAB);
    const up = await faults.tool.run(["up", lab, ...SMALL, "--requests", "20", "--detach", "--offline"], fresh);
    expect(up.code, up.stderr).toBe(0);
    expect(up.stderr).toContain("2 images are on the engine as lab.lock expects them");
    expect(await readdir(join(folder, "cache/sha256")).catch(() => [])).toEqual([]);
    const down = await faults.tool.run(["down", "--all"], fresh);
    expect(down.code, down.stderr).toBe(0);
    expect(await faults.engine.leftovers()).toEqual([]);
  });

  it("takes it again without changing anything, and never overwrites a lab that differs", async () => {
    // As a killed `load` leaves it, beside a folder that only looks similar.
    await mkdir(join(into("labs"), `.${LAB}.4711.0badcafe.tmp`, LAB), { recursive: true });
    await mkdir(join(into("labs"), `.${LAB}.mine.tmp`));
    expect((await load(archive, "labs")).code).toBe(0);
    expect((await readdir(into("labs"))).sort()).toEqual([`.${LAB}.mine.tmp`, LAB]);
    const file = join(into("labs"), LAB, "lab.yaml");
    const text = await readFile(file, "utf8");
    await writeFile(file, `${text}# mine\n`);
    const other = await load(archive, "labs");
    expect([other.code, other.stderr]).toEqual([2, expect.stringMatching(/nothing is overwritten\n.*\n.*lab\.yaml/)]);
    expect(await readFile(file, "utf8")).toBe(`${text}# mine\n`);
  });

  it("is not needed by who only wants the images: the engine's own load takes the file", async () => {
    const before = await imageIds();
    await faults.engine.docker("rmi", "--force", ...before);
    await faults.engine.docker("load", "--quiet", "--input", archive);
    expect((await imageIds()).sort()).toEqual(before.sort());
  });
});

describe.runIf(FULL)("verify", () => {
  it("builds what was shared from source, and finds it bit for bit the same", async () => {
    await faults.giveSeed();
    const { code, stdout, stderr } = await faults.tool.run(["verify", archive, "--offline"], faults.usual);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^bit for bit the same: 3 images, built here from source\n/);
  }, 1_800_000);

  it("says what differs in a lab whose lock promises other images", async () => {
    const file = join(into("labs"), LAB, "lab.lock");
    const text = await readFile(file, "utf8");
    const wrong = text.replace(/("configDigest": "sha256:)[0-9a-f]{4}/, "$10000");
    expect(wrong).not.toBe(text);
    await writeFile(file, wrong);
    const { code, stderr } = await faults.tool.run(["verify", join(into("labs"), LAB), "--offline"], faults.usual);
    expect([code, stderr]).toEqual([8, expect.stringMatching(/configDigest sha256:0000/)]);
  }, 1_800_000);
});
