import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

const ROOT = resolve(import.meta.dirname, "../..");
const execute = promisify(execFile);

declare module "vitest" {
  interface ProvidedContext {
    /** Folder whose node_modules has the packed tool. */
    installation: string;
  }
}

/** Packs the tool and installs the package into a new folder, far from the checkout: once, for all files. */
export default async function install(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "majek-lab-installed-"));
  await execute("npm", ["pack", "--pack-destination", folder, "--ignore-scripts"], { cwd: ROOT });
  const archive = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
  if (archive === undefined) throw new Error("npm pack made no archive");
  await execute("npm", ["init", "-y"], { cwd: folder });
  await execute("npm", ["install", "--no-audit", "--no-fund", `./${archive}`], { cwd: folder });
  project.provide("installation", folder);
  return () => rm(folder, { recursive: true, force: true });
}
