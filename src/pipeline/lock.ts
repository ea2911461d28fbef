import { readLock } from "../lock/file.js";
import { checkLock, resolveLock } from "../lock/resolve.js";
import { compareLocks, type LockChange, withResolved } from "../lock/state.js";
import { LabError } from "../model/errors.js";
import type { Lab } from "../model/spec.js";
import { type Bench, lockRequest, openBench, openLab, planWithInputs, withLabLock } from "./inputs.js";
import { changeLock } from "./lock-file.js";
import type { Workspace } from "./workspace.js";

interface LockOptions {
  readonly update?: boolean;
  readonly check?: boolean;
  readonly platform?: string;
}

function changeLines(changes: readonly LockChange[]): string[] {
  return changes.map(({ list, name, from, to }) => `${list}: ${name} ${from ?? "(new)"} -> ${to ?? "(gone)"}`);
}

/**
 * `lock`: writes lab.lock, or with `check` says what would change.
 * @throws LabError "input" (exit 9) when `check` finds that the lock is missing, stale or drifted
 */
export async function lock(workspace: Workspace, name: string, options: LockOptions): Promise<string> {
  const lab = await openLab(workspace, name);
  const bench = await openBench(workspace);
  return withLabLock(bench, lab.spec.name, () => lockLab(bench, lab, options));
}

async function lockLab(bench: Bench, lab: Lab, options: LockOptions): Promise<string> {
  const native = await lockRequest(bench, lab);
  const request =
    options.platform === undefined ? native : { ...native, platform: options.platform as typeof native.platform };
  const previous = await readLock(lab.lockFile);
  if (options.check) {
    const { state, changes } = await checkLock(bench, request, previous);
    if (state === "current" && changes.length === 0) return `${lab.lockFile} is current`;
    throw new LabError("input", state === "current" ? "the lock and today's archives differ" : `the lock is ${state}`, {
      where: lab.lockFile,
      details: changeLines(changes),
      next: "majek-lab lock LAB --update",
    });
  }
  const resolved = await resolveLock(bench, request, previous, options.update ?? false);
  if (resolved === previous) return `${lab.lockFile} is current`;
  await changeLock(bench, lab.lockFile, (current) => withResolved(current, resolved, request.platform));
  const [before, after] = [previous?.platforms[request.platform], resolved.platforms[request.platform]];
  const changes = before && after ? changeLines(compareLocks(before, after)) : [];
  return [...changes, `wrote ${lab.lockFile}`].join("\n");
}

/** `fetch`: everything the lock names into the content store. */
export async function fetch(
  workspace: Workspace,
  name: string,
  options: { readonly frozen?: boolean },
): Promise<string> {
  const lab = await openLab(workspace, name);
  const bench = await openBench(workspace);
  const { inputs } = await withLabLock(bench, lab.spec.name, () => planWithInputs(bench, lab, options));
  const again = inputs.reResolved.map(
    ({ name: deb, lockedVersion, usedVersion }) => `re-resolved: ${deb} ${lockedVersion} -> ${usedVersion}`,
  );
  return [...again, `every input of ${lab.spec.name} is in ${bench.store.root} or MAJEK_LAB_INPUTS`].join("\n");
}
