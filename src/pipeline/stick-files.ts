import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../model/hash.js";
import { readableJson } from "../model/json.js";
import type { Lab } from "../model/spec.js";
import type { Stick } from "../model/stick.js";
import { SUMS, sumsOf } from "../share/layout.js";
import { listFiles } from "../system/files.js";
import { sha256File } from "../system/hash.js";
import { type TarEntry, withFolders } from "../system/tar.js";
import { STICK_FILE, STICK_FOLDER, stickReadme } from "../workshop/stick.js";
import type { ToolFile } from "./tool-files.js";

/** A file of the stick, by its name there. */
type StickFile = { readonly name: string; readonly mode: number } & (
  | { readonly content: string }
  | { readonly path: string }
);

/** What goes on a stick. */
export interface StickContent {
  readonly stick: Stick;
  readonly labs: readonly Lab[];
  readonly tool: readonly ToolFile[];
  /** Archives of labs by their name on the stick, with where they are now. */
  readonly shares: ReadonlyMap<string, string>;
  readonly packageRoot: string;
}

/** Programs of a stick, all below templates/stick/. */
const PROGRAMS = ["check", "majek-lab", "start", "verify.mjs"];

async function texts({ stick, packageRoot }: StickContent): Promise<StickFile[]> {
  const programs = PROGRAMS.map(async (name) => {
    const text = await readFile(join(packageRoot, "templates/stick", name), "utf8");
    return { name, mode: name.includes(".") ? 0o644 : 0o755, content: text.replaceAll("@LAB@", stick.serves) };
  });
  const notes = await readFile(join(packageRoot, "docs/workshop.md"), "utf8");
  return [
    ...(await Promise.all(programs)),
    { name: "README.txt", mode: 0o644, content: stickReadme(stick) },
    { name: STICK_FILE, mode: 0o644, content: readableJson(stick) },
    { name: "instructor.md", mode: 0o644, content: notes },
  ];
}

async function handouts(labs: readonly Lab[]): Promise<StickFile[]> {
  const files: StickFile[] = [];
  for (const { spec, directory } of labs) {
    const folder = join(directory, "handout");
    for (const path of await listFiles(folder).catch(() => []))
      files.push({ name: `handouts/${spec.name}/${path}`, mode: 0o644, path: join(folder, path) });
  }
  return files;
}

/** The files' checksums, and the checksum of those: a list that was cut between two lines is found by it. */
async function checksums(files: readonly StickFile[]): Promise<StickFile[]> {
  const sums: { name: string; sha256: string }[] = [];
  for (const file of files) {
    const hash = "path" in file ? await sha256File(file.path) : sha256(file.content);
    sums.push({ name: file.name, sha256: hash });
  }
  const text = sumsOf(sums);
  const above = sumsOf([{ name: SUMS, sha256: sha256(text) }]);
  return [
    { name: SUMS, mode: 0o644, content: text },
    { name: `${SUMS}.sha256`, mode: 0o644, content: above },
  ];
}

/** Every file of a stick, sorted, as entries of its archive. Equal content gives equal bytes. */
export async function stickEntries(content: StickContent): Promise<TarEntry[]> {
  const shares = [...content.shares].map(([name, path]) => ({ name, mode: 0o644, path }));
  const tool = content.tool.map(({ name, ...file }) => ({ name: `tool/node_modules/${name}`, ...file }));
  const byName = (a: StickFile, b: StickFile): number => (a.name < b.name ? -1 : 1);
  const files = [...(await texts(content)), ...(await handouts(content.labs)), ...shares, ...tool].sort(byName);
  const all = [...files, ...(await checksums(files))].sort(byName);
  return withFolders(all.map(({ name, ...file }) => ({ type: "file", name: `${STICK_FOLDER}/${name}`, ...file })));
}
