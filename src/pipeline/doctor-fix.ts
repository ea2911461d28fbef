import { join } from "node:path";
import { connectEngine } from "../docker/connect.js";
import { canBeStarted, startEngine } from "../docker/start.js";
import type { Engine } from "../docker/types.js";
import { LabError } from "../model/errors.js";
import { prune } from "./prune.js";
import type { Workspace } from "./workspace.js";

/** What `doctor --fix` did about one check, or tried to. */
export interface Fix {
  readonly check: string;
  readonly done: boolean;
  readonly what: string;
}

const SCRIPT = "scripts/start-engine.sh";

/** Does something for a check; what fails is told, and the check keeps its own line. */
async function attempt(check: string, work: () => Promise<string>): Promise<Fix> {
  try {
    return { check, done: true, what: await work() };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    const next = error.next === undefined ? [] : [error.next];
    return { check, done: false, what: [error.message, ...error.details, ...next].join("; ") };
  }
}

async function fixEngine({ environment, packageRoot }: Workspace): Promise<Fix[]> {
  const failure = await connectEngine(environment).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure === undefined) return [];
  if (!(failure instanceof LabError)) throw failure;
  if (!canBeStarted(failure, environment)) return [];
  return [
    await attempt("engine", async () => {
      await startEngine(environment, join(packageRoot, SCRIPT));
      return "started";
    }),
  ];
}

async function fixLeftovers(workspace: Workspace): Promise<Fix[]> {
  const engine: Engine | undefined = await connectEngine(workspace.environment).catch(() => undefined);
  if (engine === undefined) return [];
  const fix = await attempt("leftovers", () => prune(workspace, {}));
  return fix.done && fix.what === "nothing to remove" ? [] : [fix];
}

/**
 * Does what is safe without asking: starts an engine that is installed and does not run, and removes what killed commands
 * left. Fleets that serve, labs at work, images, settings of the kernel and everything that would be installed are left alone.
 */
export async function applyFixes(workspace: Workspace): Promise<readonly Fix[]> {
  return [...(await fixEngine(workspace)), ...(await fixLeftovers(workspace))];
}

/** One line a fix. */
export function describeFixes(fixes: readonly Fix[]): string {
  if (fixes.length === 0) return "fixed: nothing that can be fixed safely";
  return fixes.map(({ check, done, what }) => `${done ? "fixed" : "not fixed"}: ${check}: ${what}`).join("\n");
}
