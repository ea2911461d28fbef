import { createWriteStream } from "node:fs";
import { basename } from "node:path";
import { pipeline } from "node:stream/promises";
import { LabError } from "../model/errors.js";
import type { DebEntry } from "../model/lock.js";
import type { RootfsPlan } from "../model/plan.js";
import type { Step } from "../model/progress.js";
import type { DerivedTree } from "../system/store.js";
import { readTar, type TarEntry } from "../system/tar.js";
import type { LockContext } from "./context.js";
import { ensureSeed } from "./seed.js";
import { type SeedSession, seedScript, withSeed } from "./session.js";

const SCRIPT = "rootfs.sh";

/** All files of guest/seed/ that decide the bytes of a root file system: how it is made, and what it does not keep. */
export const RECIPE = [SCRIPT, "tidy.sh", "volatile.tsv"] as const;

/** Runs a command in another time zone, with another umask. */
const OTHERWISE = ["sh", "-c", 'umask 077; export TZ=XXX-13:45; exec "$@"', "sh"];

/** Texts of what decides the bytes of a root file system, beside its packages; part of a plan's key. */
export async function rootfsRecipe(): Promise<string> {
  return (await Promise.all(RECIPE.map(seedScript))).join("");
}

/**
 * Entries of a folder that holds exactly these packages.
 * @throws LabError "input" for a package that was not fetched
 */
export async function repository(context: LockContext, debs: readonly DebEntry[]): Promise<TarEntry[]> {
  const entries: TarEntry[] = [{ type: "directory", name: "lab/repo", mode: 0o755 }];
  for (const deb of debs) {
    const file = basename(deb.path);
    const path = await context.store.find(deb.sha256, file);
    if (path === undefined) {
      throw new LabError("input", `${file} is not in the content store`, {
        where: deb.path,
        next: "majek-lab fetch LAB",
      });
    }
    entries.push({ type: "file", name: `lab/repo/${file}`, mode: 0o644, path });
  }
  return entries;
}

/** What mmdebstrap is busy with, from its log; its warnings about missing mount rights are expected. */
function follow(step: Step): (line: string) => void {
  return (line) => {
    const doing = /^I: (.+?)\.*$/.exec(line)?.[1];
    if (doing !== undefined) step.update(doing);
  };
}

async function make(
  session: SeedSession,
  plan: RootfsPlan,
  debs: readonly TarEntry[],
  step: Step,
  target: string,
  again: boolean,
) {
  step.update(`${plan.debs.length} packages`);
  await session.put(debs);
  await session.run(
    `making the ${plan.kind} root file system`,
    [...(again ? OTHERWISE : []), "sh", `/lab/${SCRIPT}`, plan.suite],
    follow(step),
  );
  await readTar(await session.get("/lab/rootfs.tar"), (_header, content) =>
    pipeline(content, createWriteStream(target)),
  );
}

/**
 * Makes a root file system from exactly the plan's packages, with mmdebstrap in a seed without network, and keeps it in
 * the store under the plan's key. Entries are sorted, times fixed; whatever depends on the maker's machine is left out.
 * @param again - a second build: packages lie in the repository in the opposite order, and zone and umask differ
 * @returns the tree in the store, made now or earlier
 * @throws LabError "input" for a package that was not fetched, "build" with the end of the log when mmdebstrap fails
 */
export async function makeRootfs(context: LockContext, plan: RootfsPlan, again = false): Promise<DerivedTree> {
  const known = await context.store.derived(plan.key);
  if (known !== undefined) return known;
  const debs = await repository(context, again ? plan.debs.toReversed() : plan.debs);
  const image = await ensureSeed(context.engine, context.environment, context.progress, context.signal);
  const step = context.progress.step(`Root file system (${plan.kind})`);
  try {
    const options = { image, network: "none", scripts: RECIPE } as const;
    const tree = await context.store.putDerived(plan.key, (target) =>
      withSeed(context, options, (session) => make(session, plan, debs, step, target, again)),
    );
    step.done(`${plan.debs.length} packages, ${(tree.size / 1e6).toFixed(0)} MB`);
    return tree;
  } catch (error) {
    step.fail();
    throw explain(error, plan);
  }
}

function explain(error: unknown, plan: RootfsPlan): unknown {
  if (!(error instanceof LabError) || error.code !== "failed" || error.details.length === 0) return error;
  return new LabError("build", `the ${plan.kind} root file system cannot be made from the locked packages`, {
    where: SCRIPT,
    next: "majek-lab lock LAB --update",
    details: error.details,
    cause: error,
  });
}
