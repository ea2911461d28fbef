import { execFileSync } from "node:child_process";
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { placeToReplace, writeAtomic } from "../../../src/system/files.js";
import { writeTarFile } from "../../../src/system/tar-file.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "majek-files-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("writing a file", () => {
  it("replaces it as a whole, and leaves nothing beside it", async () => {
    const file = join(folder, "made", "a.txt");
    await writeAtomic(file, "old");
    await writeAtomic(file, "new");
    expect(await readFile(file, "utf8")).toBe("new");
    expect(await readdir(join(folder, "made"))).toEqual(["a.txt"]);
  });

  it("goes behind a link, which stays", async () => {
    const [file, link] = [join(folder, "a.txt"), join(folder, "link")];
    await writeFile(file, "old");
    await symlink("a.txt", link);
    await writeAtomic(link, "new");
    expect(await readFile(file, "utf8")).toBe("new");
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
  });

  it("goes where links lead whose folder is behind a link", async () => {
    await mkdir(join(folder, "far/away"), { recursive: true });
    await symlink("far/away", join(folder, "near"));
    await writeFile(join(folder, "far/a.txt"), "old");
    await symlink("../a.txt", join(folder, "far/away/link"));
    await writeAtomic(join(folder, "near/link"), "new");
    expect(await readFile(join(folder, "far/a.txt"), "utf8")).toBe("new");
    expect(await readdir(folder)).toEqual(["far", "near"]);
  });

  // The file system of another process, as tests of full disks see it: no path leads to where that link points.
  it("leaves links of /proc on the way to a folder alone", async () => {
    const file = join(`/proc/${process.pid}/root`, folder, "a.txt");
    await writeAtomic(file, "old");
    expect(await placeToReplace(file)).toBe(file);
  });

  // `-o /dev/stdout` took the device from everybody, where root typed it.
  it("writes to a pipe or a device, and puts nothing in its place", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const link = join(folder, "link");
    await symlink("pipe", link);
    const [text] = await Promise.all([readFile(pipe, "utf8"), writeAtomic(link, "new")]);
    expect(text).toBe("new");
    expect((await lstat(pipe)).isFIFO()).toBe(true);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    await expect(writeTarFile([], pipe, new AbortController().signal)).rejects.toMatchObject({ code: "failed" });
    expect((await lstat(pipe)).isFIFO()).toBe(true);
  }, 10_000);
});
