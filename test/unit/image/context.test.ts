import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, describe, expect, it } from "vitest";
import { type ContextStore, contextTar, writeContextFolder } from "../../../src/image/context.js";
import type { BuildContext } from "../../../src/model/context.js";
import { SOURCE_DATE_EPOCH } from "../../../src/model/guest.js";
import { sha256 } from "../../../src/system/hash.js";
import { readTar } from "../../../src/system/tar.js";

const folder = mkdtempSync(join(tmpdir(), "majek-context-"));
afterAll(() => rmSync(folder, { recursive: true }));

const script = join(folder, "run.sh");
const base = join(folder, "base");
writeFileSync(script, "#!/bin/sh\n");
writeFileSync(base, "base");

/** A store that holds one input and one tree. */
const store: ContextStore = {
  find: async (hash) => (hash === "aa" ? base : undefined),
  derived: async (key) => (key === "tree" ? { path: base, sha256: "bb", size: 4 } : undefined),
};

const context: BuildContext = {
  dockerfile: "FROM scratch\nADD base.tar /\n",
  files: [
    { path: "base.tar", mode: 0o644, source: { kind: "derived", key: "tree" }, identity: "tree" },
    { path: "guest/bin/run.sh", mode: 0o755, source: { kind: "file", path: script }, identity: sha256("#!/bin/sh\n") },
    { path: "guest/note", mode: 0o644, source: { kind: "text", text: "hällo" }, identity: sha256("hällo") },
    { path: "inputs/a.whl", mode: 0o644, source: { kind: "input", sha256: "aa", file: "a.whl" }, identity: "aa" },
  ],
  tree: "/opt",
  key: "key",
};

const tar = async (): Promise<Buffer> => buffer(await contextTar(context, store));

describe("contextTar", () => {
  it("holds the Dockerfile, folders before their content, and fixed modes and times", async () => {
    const found: unknown[] = [];
    await readTar(await contextTar(context, store), async (header, content) => {
      found.push([header.name, header.mode.toString(8), (await buffer(content)).toString()]);
      expect(header.mtime.getTime()).toBe(SOURCE_DATE_EPOCH * 1000);
    });
    expect(found).toEqual([
      ["Dockerfile", "644", context.dockerfile],
      ["guest/", "755", ""],
      ["guest/bin/", "755", ""],
      ["inputs/", "755", ""],
      ["base.tar", "644", "base"],
      ["guest/bin/run.sh", "755", "#!/bin/sh\n"],
      ["guest/note", "644", "hällo"],
      ["inputs/a.whl", "644", "base"],
    ]);
  });

  it("gives the same bytes whatever the files' times and modes are on disk", async () => {
    const before = await tar();
    utimesSync(script, 1, 1);
    chmodSync(script, 0o600);
    expect((await tar()).equals(before)).toBe(true);
  });

  it("names an input that is missing", async () => {
    const lacking = { ...store, find: async () => undefined };
    await expect(contextTar(context, lacking)).rejects.toMatchObject({ code: "input", where: "a.whl" });
  });

  it("refuses a file that was edited since it was hashed", async () => {
    const edited: BuildContext = {
      ...context,
      files: [{ path: "x", mode: 0o644, source: { kind: "file", path: script }, identity: sha256("before") }],
    };
    await expect(contextTar(edited, store)).rejects.toMatchObject({ code: "failed", where: script });
  });
});

describe("writeContextFolder", () => {
  it("writes the same files to a new folder, and only to a new one", async () => {
    const target = join(folder, "out");
    await writeContextFolder(context, store, target);
    expect(readdirSync(target, { recursive: true }).sort()).toEqual(
      [
        "Dockerfile",
        "base.tar",
        "guest",
        "guest/bin",
        "guest/bin/run.sh",
        "guest/note",
        "inputs",
        "inputs/a.whl",
      ].sort(),
    );
    expect(readFileSync(join(target, "guest/note"), "utf8")).toBe("hällo");
    expect(statSync(join(target, "guest/bin/run.sh")).mode & 0o777).toBe(0o755);
    await expect(writeContextFolder(context, store, target)).rejects.toMatchObject({ code: "usage", where: target });
  });

  it("leaves nothing of a folder that it cannot finish", async () => {
    const before = readdirSync(folder).sort();
    const lacking = { ...store, find: async () => undefined };
    await expect(writeContextFolder(context, lacking, join(folder, "half"))).rejects.toMatchObject({ code: "input" });
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  it("says where it cannot write", async () => {
    const target = join(script, "below-a-file");
    await expect(writeContextFolder(context, store, target)).rejects.toMatchObject({
      code: "failed",
      where: target,
      next: expect.any(String),
    });
  });
});
