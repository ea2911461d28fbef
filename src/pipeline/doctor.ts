import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { connectEngine } from "../docker/connect.js";
import type { Engine } from "../docker/types.js";
import { LabError } from "../model/errors.js";
import { writeBundle } from "./doctor-bundle.js";
import { applyFixes, describeFixes, type Fix } from "./doctor-fix.js";
import { type Finding, finding, showFindings } from "./findings.js";
import { leftoversFinding } from "./findings-leftovers.js";
import { diskFinding, engineFindings, GENERAL, hostFindings, nodeFinding } from "./findings-machine.js";
import { workshopFindings } from "./findings-workshop.js";
import type { Workspace } from "./workspace.js";

export interface DoctorOptions {
  readonly format: "table" | "json";
  /** Checks what a workshop needs: the labs of the stick in this folder, else every lab with steps. */
  readonly workshop?: boolean;
  /** Does first what is safe: see {@link applyFixes}. */
  readonly fix?: boolean;
  /** File to write what {@link writeBundle} collects to, below the working directory. */
  readonly bundle?: string;
}

/** The engine, or the finding that none can be used. */
async function engineOrFailure({ environment }: Workspace): Promise<Engine | Finding> {
  try {
    return await connectEngine(environment);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return finding("engine", [error.message, ...error.details].join("; "), ["fail", error.next ?? ""]);
  }
}

async function nodeNeeded({ packageRoot }: Workspace): Promise<string> {
  const { engines }: { readonly engines: { readonly node: string } } = JSON.parse(
    await readFile(join(packageRoot, "package.json"), "utf8"),
  );
  return engines.node;
}

async function generalFindings(workspace: Workspace, found: Engine | Finding): Promise<Finding[]> {
  const remedy = "free some space, or set MAJEK_LAB_CACHE to another disk";
  return [
    ...("info" in found ? engineFindings(found.info, GENERAL) : [found]),
    ...(await hostFindings()),
    await diskFinding(workspace.environment.cacheDir, GENERAL, remedy),
    ...("info" in found ? [await leftoversFinding(workspace, found)] : []),
  ];
}

async function findingsOf(workspace: Workspace, { workshop }: DoctorOptions): Promise<Finding[]> {
  const found = await engineOrFailure(workspace);
  return [
    nodeFinding(process.versions.node, await nodeNeeded(workspace)),
    ...(await (workshop ? workshopFindings : generalFindings)(workspace, found)),
  ];
}

function show(findings: readonly Finding[], fixes: readonly Fix[] | undefined, format: "table" | "json"): string {
  if (format === "json") return showFindings(findings, format, fixes === undefined ? {} : { fixes });
  const table = showFindings(findings, format);
  return fixes === undefined ? table : `${describeFixes(fixes)}\n\n${table}`;
}

/** What was written is said on stderr: with `--format json` stdout is for programs. */
async function bundle(workspace: Workspace, file: string, findings: readonly Finding[]): Promise<void> {
  const path = resolve(workspace.workingDirectory, file);
  const written = await writeBundle(workspace, path, showFindings(findings, "json"));
  const progress = await workspace.progress();
  progress.note(written);
  progress.close();
}

/**
 * `doctor`: one line per check, with what to do; with `fix` after doing what is safe.
 * @throws LabError "engine" (exit 4) when a check fails
 */
export async function doctor(workspace: Workspace, options: DoctorOptions): Promise<void> {
  const fixes = options.fix ? await applyFixes(workspace) : undefined;
  const findings = await findingsOf(workspace, options);
  workspace.print(show(findings, fixes, options.format));
  if (options.bundle !== undefined) await bundle(workspace, options.bundle, findings);
  const failed = findings.filter(({ status }) => status === "fail");
  if (failed.length === 0) return;
  throw new LabError("engine", "this machine cannot run labs", {
    details: failed.map(({ check, found: what }) => `${check}: ${what}`),
    next: failed[0]?.remedy || "majek-lab doctor",
  });
}
