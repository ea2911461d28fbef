import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { installedPackages, packageFiles } from "../../../src/system/packages.js";

const ROOT = resolve(import.meta.dirname, "../../..");
const root = mkdtempSync(join(tmpdir(), "majek-packages-"));
afterAll(() => rmSync(root, { recursive: true }));
let folder = "";
let number = 0;

async function write(path: string, content: unknown): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), typeof content === "string" ? content : JSON.stringify(content));
}
const manifest = (place: string, version: string, more: object = {}): Promise<void> =>
  write(`${place}/package.json`, { version, ...more });
const places = async (packageRoot: string): Promise<string[]> =>
  (await installedPackages(packageRoot)).map(({ place, version }) => `${place}@${version}`);

beforeEach(async () => {
  number += 1;
  folder = join(await realpath(root), String(number));
});

describe("packages that a package needs", () => {
  beforeEach(async () => {
    await write("package.json", { dependencies: { a: "1", "@s/b": "1" }, devDependencies: { test: "1" } });
    await manifest("node_modules/a", "1.0.0", {
      dependencies: { c: "2", fast: "1" },
      optionalDependencies: { fast: "1" },
    });
    await manifest("node_modules/a/node_modules/c", "2.0.0", { dependencies: { a: "1" } });
    await manifest("node_modules/@s/b", "1.0.0", { dependencies: { c: "1" } });
    await manifest("node_modules/c", "1.0.0");
    await manifest("node_modules/fast", "1.0.0");
    await manifest("node_modules/test", "1.0.0");
  });
  const all = ["@s/b@1.0.0", "a/node_modules/c@2.0.0", "a@1.0.0", "c@1.0.0"];

  it("are found as Node finds them, without optional ones and those for development", async () => {
    expect((await places(folder)).sort()).toEqual(all);
  });

  it("lie beside a package that was installed", async () => {
    await write("node_modules/tool/package.json", { dependencies: { a: "1", "@s/b": "1", own: "3" } });
    await manifest("node_modules/tool/node_modules/own", "3.0.0", { dependencies: { c: "1" } });
    expect((await places(join(folder, "node_modules/tool"))).sort()).toEqual([...all, "tool/node_modules/own@3.0.0"]);
  });

  it("must be there", async () => {
    await rm(join(folder, "node_modules/c"), { recursive: true });
    const message = "the Node package c is not installed";
    await expect(installedPackages(folder)).rejects.toMatchObject({ code: "input", message });
  });

  it("must be those of the lock", async () => {
    await write("package-lock.json", { packages: { "node_modules/c": { version: "1.0.1" } } });
    const message = "the Node package c is 1.0.0, and package-lock.json has 1.0.1";
    await expect(installedPackages(folder)).rejects.toMatchObject({ code: "input", message });
  });

  it("must not be links", async () => {
    await manifest("elsewhere", "1.0.0");
    await rm(join(folder, "node_modules/c"), { recursive: true });
    await symlink(join(folder, "elsewhere"), join(folder, "node_modules/c"));
    await expect(installedPackages(folder)).rejects.toMatchObject({ message: expect.stringContaining("is linked") });
  });

  it("are what package-lock.json says of this very tool", async () => {
    type Entry = { dev?: boolean; optional?: boolean; devOptional?: boolean; version: string };
    const lock = JSON.parse(await readFile(join(ROOT, "package-lock.json"), "utf8"));
    const needed = Object.entries(lock.packages as Record<string, Entry>)
      .filter(([place, { dev, optional, devOptional }]) => place !== "" && !dev && !optional && !devOptional)
      .map(([place, { version }]) => `${place.slice("node_modules/".length)}@${version}`);
    expect((await places(ROOT)).sort()).toEqual(needed.sort());
  });
});

it("takes a package's files without packages inside it and what was compiled here", async () => {
  for (const path of ["index.js", "lib/x/binding.gyp", "lib/x/build/x.node", "build/main.js", "node_modules/y/y.js"])
    await write(path, "x");
  expect(await packageFiles(folder)).toEqual(["build/main.js", "index.js", "lib/x/binding.gyp"]);
});
