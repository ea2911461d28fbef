import { randomBytes } from "node:crypto";
import { chmod, copyFile, lstat, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import type { BuildContext, ContextFile } from "../model/context.js";
import { LabError } from "../model/errors.js";
import { explainWrite } from "../system/files.js";
import { sha256File } from "../system/hash.js";
import type { Store } from "../system/store.js";
import { packTar, type TarEntry } from "../system/tar.js";
import type { Conditions } from "./conditions.js";

/** The parts of the content store that a context needs. */
export type ContextStore = Pick<Store, "find" | "derived">;

/** Results are kept under a key made of identities, so a file edited since it was hashed would spoil the store. */
async function checkUnchanged(path: string, identity: string): Promise<void> {
  if ((await sha256File(path)) === identity) return;
  throw new LabError("failed", "this file changed while the build was being prepared", {
    where: path,
    next: "run the command again",
  });
}

/** The file on disk that a context file's bytes are in, or its text. */
async function locate(file: ContextFile, store: ContextStore): Promise<{ path: string } | { text: string }> {
  const { source } = file;
  if (source.kind === "text") return { text: source.text };
  if (source.kind === "file") {
    await checkUnchanged(source.path, file.identity);
    return { path: source.path };
  }
  const path =
    source.kind === "input" ? await store.find(source.sha256, source.file) : (await store.derived(source.key))?.path;
  if (path !== undefined) return { path };
  throw new LabError("input", `${file.path} of the build context is not in the content store`, {
    where: source.kind === "input" ? source.file : source.key,
    next: "majek-lab fetch LAB",
  });
}

/** Folders that files need, each once, parents first. */
function folders(paths: readonly string[]): string[] {
  const all = paths.flatMap((path) =>
    path
      .split("/")
      .slice(0, -1)
      .map((_, index, parts) => parts.slice(0, index + 1).join("/")),
  );
  return [...new Set(all)].sort();
}

/**
 * A build context as one tar, for the engine. Equal contexts give equal bytes.
 * @param conditions - of a second build: its files come in the opposite order, with another time
 * @throws LabError "input" when the content store lacks one of its files
 */
export async function contextTar(
  context: BuildContext,
  store: ContextStore,
  conditions?: Conditions,
): Promise<Readable> {
  const entries: TarEntry[] = [
    { type: "file", name: "Dockerfile", mode: 0o644, content: context.dockerfile },
    ...folders(context.files.map(({ path }) => path)).map((name) => ({
      type: "directory" as const,
      name: `${name}/`,
      mode: 0o755,
    })),
  ];
  for (const file of conditions ? context.files.toReversed() : context.files) {
    const found = await locate(file, store);
    const common = { type: "file" as const, name: file.path, mode: file.mode };
    entries.push("path" in found ? { ...common, path: found.path } : { ...common, content: found.text });
  }
  return packTar(entries, conditions?.contextTime);
}

/** @throws LabError "usage" where something has that name already: nothing is overwritten */
export async function requireNewFolder(folder: string): Promise<void> {
  const found = await lstat(folder).catch(() => undefined);
  if (found === undefined) return;
  throw new LabError("usage", "this folder exists already, and nothing is overwritten", {
    where: folder,
    next: "name a new folder",
  });
}

async function fillFolder(context: BuildContext, store: ContextStore, folder: string): Promise<void> {
  await writeFile(join(folder, "Dockerfile"), context.dockerfile);
  for (const file of context.files) {
    const target = join(folder, file.path);
    await mkdir(dirname(target), { recursive: true });
    const found = await locate(file, store);
    if ("path" in found) await copyFile(found.path, target);
    else await writeFile(target, found.text);
    await chmod(target, file.mode);
  }
}

/**
 * Writes a build context to a folder, for a plain `docker build --network none DIR`.
 * @param folder - absolute; must not exist yet, and appears with all its files or not at all
 * @throws LabError "usage" for a folder that exists, "failed" for one that cannot be written
 */
export async function writeContextFolder(context: BuildContext, store: ContextStore, folder: string): Promise<void> {
  await requireNewFolder(folder);
  const temporary = `${folder}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await mkdir(temporary, { recursive: true });
    await fillFolder(context, store, temporary);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw error instanceof LabError ? error : explainWrite(error, folder);
  }
}
