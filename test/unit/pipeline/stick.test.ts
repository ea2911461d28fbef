import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { appendFile, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Stick } from "../../../src/model/stick.js";
import { type StickContent, stickEntries } from "../../../src/pipeline/stick-files.js";
import { loadLab } from "../../../src/spec/load.js";
import { sha256 } from "../../../src/system/hash.js";
import { packTar } from "../../../src/system/tar.js";
import { readStick } from "../../../src/workshop/stick.js";

const ROOT = resolve(import.meta.dirname, "../../..");
const root = mkdtempSync(join(tmpdir(), "majek-stick-"));
afterAll(() => rmSync(root, { recursive: true }));

const lab = await loadLab(join(ROOT, "labs/django-8workers"));
const stick: Stick = {
  schemaVersion: 1,
  toolVersion: "1.2.3",
  platform: "linux/amd64",
  serves: "django-8workers",
  labs: [{ name: "django-8workers", title: "T", memoryBytes: 1e9, share: "share/a.tar", shareBytes: 3 }],
};
/** In place of the tool: says what it is asked for. */
const TOOL = "majek-lab/dist/cli/main.js";
await writeFile(join(root, "main.js"), "console.log(process.argv.slice(2).join(' '));\n");
await writeFile(join(root, "a.tar"), "lab");
const content: StickContent = {
  stick,
  labs: [lab],
  tool: [
    { name: TOOL, path: join(root, "main.js"), mode: 0o644 },
    { name: "b/README.md", path: join(root, "main.js"), mode: 0o644 },
  ],
  shares: new Map([["share/a.tar", join(root, "a.tar")]]),
  packageRoot: ROOT,
};
const archive = await buffer(packTar(await stickEntries(content)));

interface Ended {
  readonly code: number;
  readonly said: string;
}
let folder = "";
const run = (program: string, ...args: string[]): Promise<Ended> =>
  new Promise((done) => {
    execFile(program, args, { cwd: folder }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code), said: stdout + stderr });
    });
  });

let number = 0;
beforeEach(async () => {
  number += 1;
  folder = root;
  await writeFile(join(root, "stick.tar"), archive);
  const into = `unpacked-${number}`;
  expect((await run("sh", "-c", `mkdir ${into} && tar -xf stick.tar -C ${into}`)).code).toBe(0);
  folder = join(root, into, "majek-lab-workshop");
});

describe("a stick", () => {
  it("has the same bytes each time, in an order of its own", async () => {
    const again = { ...content, tool: content.tool.toReversed() };
    expect(sha256(await buffer(packTar(await stickEntries(again))))).toBe(sha256(archive));
  });

  it("says what is on it", async () => {
    expect(await readStick(folder)).toEqual(stick);
    const readme = await readFile(join(folder, "README.txt"), "utf8");
    expect(readme).toContain("A workshop with majek-lab 1.2.3\n===============================\n");
    expect(Math.max(...readme.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(await readFile(join(folder, "handouts/django-8workers/01-count.md"), "utf8")).toContain("title:");
    expect(await readFile(join(folder, "instructor.md"), "utf8")).toContain("# A workshop");
  });

  it("names the Node that the tool needs", async () => {
    const { engines } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    const version = engines.node.replace(">=", "");
    for (const file of ["check", "start", "verify.mjs", "README.txt"])
      expect(await readFile(join(folder, file), "utf8"), file).toContain(`Node ${version}`);
  });

  it("is started by loading every lab and serving the first", async () => {
    expect(await run("./start", "--open")).toEqual({
      code: 0,
      said: expect.stringMatching(/^load share\/a\.tar\nworkshop serve django-8workers --open\n/),
    });
    expect((await run("./check")).said).toMatch(/^doctor --workshop\n/);
  });

  it("goes on with labs that were changed in its folder, and ends where nothing can be loaded", async () => {
    // Checksums are of what was packed: the tool is replaced before they are written.
    const ending = async (code: number): Promise<Ended> => {
      await writeFile(join(folder, "verify.mjs"), "");
      const tool = `if (process.argv[2] === 'load') process.exit(${code}); console.log(process.argv.slice(2).join(' '));`;
      await writeFile(join(folder, "tool/node_modules", TOOL), tool);
      return run("./start");
    };
    expect(await ending(2)).toMatchObject({ code: 0, said: expect.stringMatching(/workshop serve[\s\S]*going on/) });
    expect(await ending(4)).toMatchObject({ code: 4 });
  });

  const FILES = [
    "README.txt",
    "check",
    "start",
    "verify.mjs",
    "stick.json",
    "share/a.tar",
    "tool/node_modules/b/README.md",
  ];
  it.each([...FILES, `tool/node_modules/${TOOL}`])("names %s when it is altered, and does nothing", async (name) => {
    const file = join(folder, name);
    const bytes = await readFile(file);
    // In a comment or a text: a program that still works must be found as well.
    const at = Math.min(bytes.length - 1, name === "share/a.tar" ? 1 : bytes.indexOf(" ") + 3);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(file, bytes);
    for (const program of ["check", "start"].filter((one) => one !== name)) {
      const { code, said } = await run("sh", program);
      expect([code, said]).toEqual([9, expect.stringContaining(`${name}: cut or altered`)]);
      expect(said).not.toMatch(/^(load|doctor|workshop)/m);
    }
  });

  it("names what is cut or missing", async () => {
    await truncate(join(folder, "share/a.tar"), 2);
    await rm(join(folder, "README.txt"));
    const { code, said } = await run("./start");
    expect(code).toBe(9);
    expect(said).toMatch(/README\.txt: missing\n {2}share\/a\.tar: cut or altered\n/);
  });

  it("finds lists that are altered, cut between two lines, or missing", async () => {
    const sums = join(folder, "SHA256SUMS");
    const text = await readFile(sums, "utf8");
    await writeFile(sums, text.slice(0, text.indexOf("\n", 200) + 1));
    expect(await run("./check")).toMatchObject({
      code: 9,
      said: expect.stringContaining("SHA256SUMS: cut or altered"),
    });
    await writeFile(sums, text);
    const above = `${sums}.sha256`;
    await writeFile(above, "");
    expect(await run("./check")).toMatchObject({ code: 9, said: expect.stringContaining("256: cut or altered") });
    await rm(above);
    expect(await run("./check")).toMatchObject({ code: 9, said: expect.stringContaining("256: missing") });
  });

  it("is refused where its check does not run any more", async () => {
    await appendFile(join(folder, "verify.mjs"), "}");
    expect(await run("./start")).toMatchObject({ code: 9, said: expect.stringContaining("verify.mjs") });
  });

  it("does not mind what is added in use", async () => {
    await writeFile(join(folder, "notes.txt"), "mine");
    expect((await run("./check")).code).toBe(0);
  });
});
