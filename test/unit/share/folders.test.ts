import { mkdtempSync, rmSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, stat, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { MEDIA } from "../../../src/model/bundle.js";
import { packFolders, readFolders, unpackFolders } from "../../../src/share/folders.js";
import { bytesBlob } from "../../../src/system/blobs.js";

const root = mkdtempSync(join(tmpdir(), "majek-folders-"));
afterAll(() => rmSync(root, { recursive: true }));
let [lab, target, number] = ["", "", 0];
beforeEach(async () => {
  number += 1;
  lab = join(root, `lab-${number}`);
  target = join(root, `target-${number}`);
  await mkdir(join(lab, "app/pages"), { recursive: true });
  await writeFile(join(lab, "lab.yaml"), "name: small\n");
  await writeFile(join(lab, "app/pages/żółw.html"), "<p>slow</p>");
  await writeFile(join(lab, "app/.secret"), "left out");
});

const folder = (texts: Record<string, string> = {}) => [{ name: "small", directory: lab, texts }];

describe("folders of a lab", () => {
  it("are written as they were packed, with texts in place of files", async () => {
    await unpackFolders(await packFolders(folder({ "lab.lock": "{}\n", "lab.yaml": "name: other\n" })), target);
    expect((await readdir(target, { recursive: true })).sort()).toEqual(
      ["small", "small/app", "small/app/pages", "small/app/pages/żółw.html", "small/lab.lock", "small/lab.yaml"].sort(),
    );
    expect(await readFile(join(target, "small/lab.yaml"), "utf8")).toBe("name: other\n");
    expect(await readFile(join(target, "small/app/pages/żółw.html"), "utf8")).toBe("<p>slow</p>");
  });

  it("have hand-outs whose checks can be run", async () => {
    await mkdir(join(lab, "handout/checks"), { recursive: true });
    await writeFile(join(lab, "handout/checks/done.sh"), "#!/bin/sh\n");
    await writeFile(join(lab, "app/tool.sh"), "#!/bin/sh\n");
    await unpackFolders(await packFolders(folder()), target);
    expect((await stat(join(target, "small/handout/checks/done.sh"))).mode & 0o777).toBe(0o755);
    expect((await stat(join(target, "small/app/tool.sh"))).mode & 0o777).toBe(0o644);
  });

  it("have the same bytes whatever their modes and times", async () => {
    const before = await packFolders(folder());
    await chmod(join(lab, "lab.yaml"), 0o755);
    await utimes(join(lab, "lab.yaml"), 1, 1);
    await writeFile(join(lab, "app/.secret"), "changed");
    expect((await packFolders(folder())).digest).toBe(before.digest);
  });

  it("may not be larger than what is read again", async () => {
    await truncate(join(lab, "lab.yaml"), 65 << 20);
    await expect(packFolders(folder())).rejects.toMatchObject({ code: "lab" });
  });

  it("may not hold links", async () => {
    await symlink("/etc/passwd", join(lab, "app/passwd"));
    await expect(packFolders(folder())).rejects.toMatchObject({ code: "lab" });
  });
});

async function tarOf(...headers: (Parameters<ReturnType<typeof pack>["entry"]>[0] & { content?: string })[]) {
  const archive = pack();
  for (const { content = "x", ...header } of headers) archive.entry(header, header.type === "file" ? content : "");
  archive.finalize();
  return bytesBlob(MEDIA.labFolders, await buffer(archive as unknown as AsyncIterable<Buffer>));
}

describe("a tar that no lab has is refused, and nothing is written outside of the folder", () => {
  const names = ["../up", "/absolute", "small/../../up", "small//lab.yaml", "small/./a", "lab.yaml", "small/", "Big/a"];
  it.each([...names, "small\\up/a", "small/a\nb", `small/${"a".repeat(1000)}`])("%s", async (name) => {
    const tar = await tarOf({ name: "small/good", type: "file" }, { name, type: "file" });
    await expect(unpackFolders(tar, target)).rejects.toMatchObject({ code: "input" });
    await expect(readFolders(tar)).rejects.toMatchObject({ code: "input" });
    expect((await readdir(root)).filter((found) => !/^(lab|target)-/.test(found))).toEqual([]);
  });

  it.each([
    ".git/config",
    "app/.envrc",
    ".vscode/tasks.json",
    "app/__pycache__/a.pyc",
    "app/a.pyc",
    "node_modules/a/a.js",
    "app/a~",
  ])("%s, which packing leaves out", async (path) => {
    const tar = await tarOf({ name: "small/good", type: "file" }, { name: `small/${path}`, type: "file" });
    await expect(unpackFolders(tar, target)).rejects.toMatchObject({ code: "input" });
    await expect(readFolders(tar)).rejects.toMatchObject({ code: "input" });
  });

  it.each([
    "symlink",
    "link",
    "character-device",
    "block-device",
    "fifo",
    "directory",
  ] as const)("a %s", async (type) => {
    const tar = await tarOf({ name: "small/a", type, linkname: "/etc/passwd" });
    await expect(unpackFolders(tar, target)).rejects.toMatchObject({ code: "input" });
  });

  it("one that was changed after it was checked", async () => {
    const tar = await tarOf({ name: "small/a", type: "file" });
    const other = await tarOf({ name: "small/a", type: "file", content: "y" });
    const swapped = { ...tar, open: other.open };
    await expect(readFolders(swapped)).rejects.toMatchObject({ code: "input" });
    await expect(unpackFolders(swapped, target)).rejects.toMatchObject({ code: "input" });
  });

  it("two files of one name, a file below a file", async () => {
    const file = { name: "small/a", type: "file" } as const;
    await expect(unpackFolders(await tarOf(file, file), target)).rejects.toMatchObject({ code: "input" });
    await expect(unpackFolders(await tarOf(file, { ...file, name: "small/a/b" }), `${target}-2`)).rejects.toMatchObject(
      {
        code: "input",
      },
    );
  });

  it("more files than any lab has", async () => {
    const files = Array.from({ length: 20_001 }, (_, place) => ({ name: `small/${place}`, type: "file" as const }));
    await expect(readFolders(await tarOf(...files))).rejects.toMatchObject({ code: "input" });
  });
});
