import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readLock, writeLock } from "../../../src/lock/file.js";
import { labLock } from "./samples.js";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lock-"));
  path = join(folder, "lab.lock");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("lab.lock", () => {
  it("is read back as written", async () => {
    expect(await readLock(path)).toBeUndefined();
    await writeLock(path, labLock);
    expect(await readLock(path)).toEqual(labLock);
  });

  it("has the same bytes for the same content in another order", async () => {
    await writeLock(path, labLock);
    const first = readFileSync(path, "utf8");
    const { platforms, ...rest } = labLock;
    await writeLock(path, { platforms, ...rest });
    expect(readFileSync(path, "utf8")).toBe(first);
    expect(first.endsWith("}\n")).toBe(true);
  });

  const damaged: readonly [string, (text: string) => string][] = [
    ["that is cut", (text) => text.slice(0, 200)],
    ["of another version", (text) => text.replace('"lockVersion": 1', '"lockVersion": 2')],
    ["with an unknown key", (text) => text.replace('"lockVersion"', '"mirror": "x", "lockVersion"')],
    ["with a short hash", (text) => text.replace(/"sha256": "../, '"sha256": "')],
    ["with a path that leaves the pool", (text) => text.replace("pool/main/z", "pool/../main/z")],
    ["with a file name that is a path", (text) => text.replace('"django-5.2.1-py3', '"../django-5.2.1-py3')],
    ["with a negative size", (text) => text.replace('"size": 10', '"size": -10')],
    ["for an unknown platform", (text) => text.replace('"linux/amd64"', '"plan9/vax"')],
  ];
  it.each(damaged)("%s is refused by name", async (_what, damage) => {
    await writeLock(path, labLock);
    const text = readFileSync(path, "utf8");
    expect(damage(text)).not.toBe(text);
    writeFileSync(path, damage(text));
    await expect(readLock(path)).rejects.toMatchObject({ code: "lab", where: path });
  });
});
