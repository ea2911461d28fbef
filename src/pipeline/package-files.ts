import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { LabError } from "../model/errors.js";
import type { InterpreterSeries, PatchFile } from "../model/plan.js";
import { sha256 } from "../system/hash.js";

/** What cpython-patch/ says about a minor: how to patch it, and which upstream archive it is for. */
export interface PatchedVersion extends InterpreterSeries {
  readonly archive: string;
  readonly sha256: string;
  /** Debian release that carries the archive, where it is not the one that root file systems are made from. */
  readonly suite?: string;
}

interface VersionEntry {
  readonly version: string;
  readonly archive: string;
  readonly sha256: string;
  readonly suite?: string;
  readonly regen: readonly string[];
}

const isText = (value: unknown): boolean => typeof value === "string";
const isHash = (value: unknown): boolean => isText(value) && /^[0-9a-f]{64}$/.test(value as string);
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);

/** Checked by hand: `version` reads this file too, and the schema library takes longer to load than all its work. */
const CHECKS: Readonly<Record<keyof VersionEntry, (value: unknown) => boolean>> = {
  version: isText,
  archive: isText,
  sha256: isHash,
  suite: (value) => value === undefined || isText(value),
  regen: isTexts,
};

/** @returns what does not fit, as `minor.field` */
function misfits(data: unknown): string[] {
  return Object.entries(Object(data) as Record<string, unknown>).flatMap(([minor, entry]) =>
    Object.entries(CHECKS).flatMap(([field, fits]) => (fits(Object(entry)[field]) ? [] : [`${minor}.${field}`])),
  );
}

/** Patch names of a quilt series: one a line, `#` comments. */
function seriesNames(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter(Boolean);
}

/** A patch without its message: what is built does not depend on what is said about it. */
function withoutMessage(mail: string): string {
  const start = mail.search(/^diff --git /m);
  return start < 0 ? mail : mail.slice(start);
}

async function readPatches(folder: string): Promise<PatchFile[]> {
  const names = seriesNames(await readFile(join(folder, "series"), "utf8"));
  return Promise.all(
    names.map(async (name) => {
      const text = withoutMessage(await readFile(join(folder, name), "utf8"));
      return { name, sha256: sha256(text), text };
    }),
  );
}

/**
 * Every interpreter that can be built, by minor version.
 * @throws LabError "failed" when the package's cpython-patch/ is damaged
 */
export async function readSeries(packageRoot: string): Promise<Record<string, PatchedVersion>> {
  const folder = join(packageRoot, "cpython-patch");
  const file = join(folder, "versions.json");
  const data: Readonly<Record<string, VersionEntry>> = JSON.parse(await readFile(file, "utf8"));
  const wrong = misfits(data);
  if (wrong.length > 0) {
    throw new LabError("failed", "not a list of interpreter versions", {
      where: file,
      details: wrong,
      next: "install majek-lab again",
    });
  }
  const entries = Object.entries(data).map(async ([minor, { regen, ...rest }]) => {
    return [minor, { ...rest, regenerate: regen, patches: await readPatches(join(folder, minor)) }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Texts of templates/, by path below it. */
export async function readTemplates(packageRoot: string): Promise<Record<string, string>> {
  const folder = join(packageRoot, "templates");
  const names = await readdir(folder, { recursive: true });
  const texts = names
    .filter((name) => name.endsWith(".hbs"))
    .map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const);
  return Object.fromEntries(await Promise.all(texts));
}

/** The tool's own version. */
export async function readVersion(packageRoot: string): Promise<string> {
  const { version }: { readonly version: string } = JSON.parse(
    await readFile(join(packageRoot, "package.json"), "utf8"),
  );
  return version;
}
