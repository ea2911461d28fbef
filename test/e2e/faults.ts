import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { writeLock } from "../../src/lock/file.js";
import { SEED_IMAGE } from "../../src/lock/recipe.js";
import { inputsHash } from "../../src/lock/state.js";
import type { LabLock, PlatformLock } from "../../src/model/lock.js";
import { lockRequest, openBench, openLab, planWithInputs } from "../../src/pipeline/inputs.js";
import { readTemplates } from "../../src/pipeline/package-files.js";
import { renderInterpreter } from "../../src/render/interpreter.js";
import { readEnvironment } from "../../src/system/env.js";
import { ROOT, testWorkspace } from "../integration/built.js";
import { type PrivateEngine, type PrivateEngineOptions, startPrivateEngine } from "./private-engine.js";
import { type InstalledTool, installTool, type Outcome, type Place, type Running } from "./tool.js";

const execute = promisify(execFile);

/** The flagship, and a lab whose build takes four seconds more than it needs. */
export const LAB = "django-8workers";
export const SLOW = "slow-build";

/** Whether the long tests run too. */
export const FULL = process.env["MAJEK_LAB_TEST_FULL"] === "1";

/** A fleet that is up in seconds. */
export const SMALL = ["--variant", "preload-cold", "--workers", "2"] as const;

/** Keys of the flagship's trees in the content store. */
export interface TreeKeys {
  readonly base: string;
  readonly builder: string;
  /** The stock interpreter. */
  readonly python: string;
}

/** What a test of faults starts from: the packed tool, and an engine that may be killed. */
export interface Faults {
  readonly tool: InstalledTool;
  readonly engine: PrivateEngine;
  readonly keys: TreeKeys;
  /** The tool on that engine, with a content store that has what this machine's has, except these keys. */
  place(without?: readonly string[], folder?: string): Promise<Place>;
  /** Such a place with all keys, for whoever needs nothing special. */
  readonly usual: Place;
  run(args: readonly string[]): Promise<Outcome>;
  /** Runs it and expects exit code 0. */
  succeed(args: readonly string[], place?: Place): Promise<void>;
  /** Starts it with progress as JSON, so that a test can wait for any moment of it. */
  start(args: readonly string[], place?: Place): Running;
  /** Gives the engine the seed image of this machine's, without which it makes no root file system. */
  giveSeed(): Promise<void>;
  close(): Promise<void>;
}

async function linkAll(from: string, to: string, without: readonly string[]): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) if (!without.includes(name)) await symlink(join(from, name), join(to, name));
}

/** A content store of links to this machine's: reads that, and keeps for itself what is made. */
async function linkedStore(folder: string, without: readonly string[]): Promise<string> {
  const { cacheDir } = readEnvironment();
  await linkAll(join(cacheDir, "derived"), join(folder, "derived"), without);
  await symlink(join(cacheDir, "sha256"), join(folder, "sha256"));
  return folder;
}

/**
 * Puts the labs into the tool's folder with the inputs that were really used: where a mirror has dropped a package, the
 * committed lock cannot be followed without a network, and a private engine has none.
 */
async function prepareLabs(tool: InstalledTool): Promise<TreeKeys> {
  const bench = await openBench(testWorkspace());
  const flagship = await openLab(bench.workspace, resolve(ROOT, "labs", LAB));
  const { plan, inputs } = await planWithInputs(bench, flagship, {});
  const write = async (source: string, name: string, block: PlatformLock): Promise<void> => {
    const folder = join(tool.folder, "labs", name);
    await cp(source, folder, { recursive: true });
    const request = await lockRequest(bench, await openLab(bench.workspace, folder));
    // Without digests: an engine that has the images would need nothing else, and nothing else could fail.
    const platforms = { [inputs.platform]: { ...block, expected: null } };
    const lock: LabLock = { lockVersion: 1, lab: name, inputsHash: inputsHash(request), platforms };
    await writeLock(join(folder, "lab.lock"), lock);
  };
  await write(flagship.directory, LAB, inputs.lock);
  const onlyServer = inputs.lock.python.filter(({ name }) => ["gunicorn", "packaging"].includes(name));
  await write(resolve(ROOT, "test/fixtures/labs", SLOW), SLOW, { ...inputs.lock, python: onlyServer });
  const stock = plan.images.find(({ interpreter }) => interpreter.patches.length === 0);
  if (stock === undefined) throw new Error(`${LAB} has no variant with the stock interpreter`);
  const python = renderInterpreter(await readTemplates(ROOT), stock.interpreter, plan.builder).key;
  const keys = { base: plan.base.key, builder: plan.builder.key, python };
  for (const key of Object.values(keys)) {
    if ((await bench.store.derived(key)) === undefined) throw new Error("first: majek-lab build django-8workers");
  }
  return keys;
}

async function giveSeed({ place }: PrivateEngine): Promise<void> {
  const copy = 'set -o pipefail; docker save "$1" | docker --host "$2" load --quiet';
  await execute("bash", ["-c", copy, "bash", SEED_IMAGE, place.env?.["DOCKER_HOST"] ?? ""]);
}

/** Prepares all of that. Always {@link Faults.close} it. */
export async function prepareFaults(options: PrivateEngineOptions = {}): Promise<Faults> {
  const engine = await startPrivateEngine(options);
  const stores = await mkdtemp(join(tmpdir(), "majek-lab-stores-"));
  let tool: InstalledTool | undefined;
  const close = async (): Promise<void> => {
    await tool?.remove();
    await engine.close();
    await rm(stores, { recursive: true, force: true });
  };
  try {
    tool = await installTool();
    const keys = await prepareLabs(tool);
    const place = async (without: readonly string[] = [], folder?: string): Promise<Place> => {
      const store = await linkedStore(folder ?? (await mkdtemp(join(stores, "store-"))), without);
      return { ...engine.place, env: { ...engine.place.env, MAJEK_LAB_CACHE: store } };
    };
    const usual = await place();
    const { run, start } = tool;
    return {
      tool,
      engine,
      keys,
      place,
      usual,
      run: (args) => run(args, usual),
      succeed: async (args, other = usual) => {
        const { code, stderr } = await run(args, other);
        expect(code, stderr).toBe(0);
      },
      start: (args, other = usual) => start(["--progress", "json", ...args], other),
      giveSeed: () => giveSeed(engine),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
