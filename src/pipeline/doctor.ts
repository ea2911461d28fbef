import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { connectEngine } from "../docker/connect.js";
import type { EngineInfo } from "../docker/types.js";
import { LabError } from "../model/errors.js";
import { alignColumns } from "../report/columns.js";
import { count, megabytes } from "../report/numbers.js";
import { hostFacts } from "../results/host.js";
import type { Workspace } from "./workspace.js";

interface Finding {
  readonly check: string;
  readonly status: "ok" | "warn" | "fail";
  readonly found: string;
  /** What to do; empty where nothing has to be done. */
  readonly remedy: string;
}

type Verdict = readonly [status: Finding["status"], remedy: string];

const GOOD: Verdict = ["ok", ""];
/** What a first build takes, and what runs of built labs need, as preflight.sh has it. */
const BUILD_DISK = 10e9;
const RUN_DISK = 2e9;
const NEEDED_MEMORY = 3.5e9;

function finding(check: string, found: string, [status, remedy]: Verdict): Finding {
  return { check, status, found, remedy };
}

function engineFindings(engine: EngineInfo): Finding[] {
  const rootless: Verdict = engine.rootless
    ? ["warn", "frame numbers are hidden in a user namespace: fleet bytes will be missing"]
    : GOOD;
  const known = ["amd64", "x86_64", "arm64", "aarch64"].includes(engine.architecture);
  return [
    finding(
      "engine",
      `${engine.name} ${engine.version}, API ${engine.apiVersion}, ${engine.storageDriver}, ${engine.endpoint}`,
      GOOD,
    ),
    finding("architecture", engine.architecture, known ? GOOD : ["fail", "use x86_64 or arm64"]),
    finding("privileges", engine.rootless ? "rootless" : "root", rootless),
    finding(
      "memory",
      `${megabytes(engine.memoryBytes)} MB`,
      engine.memoryBytes >= NEEDED_MEMORY ? GOOD : ["fail", "3,500 MB are needed"],
    ),
    finding(
      "limit of swap",
      engine.limitsSwap ? "works" : "not supported",
      engine.limitsSwap
        ? GOOD
        : ["warn", "a fleet may be swapped out, which hides its pages: swapoff -a while measuring"],
    ),
    finding(
      "processors",
      count(engine.cpus),
      engine.cpus >= 2 ? GOOD : ["warn", "with one processor everything takes twice as long"],
    ),
  ];
}

async function hostFindings(): Promise<Finding[]> {
  const { kernel, thp, ksm, swapBytes } = await hostFacts();
  const [major = 0, minor = 0] = kernel.split(".").map(Number);
  const recent = major > 5 || (major === 5 && minor >= 8);
  return [
    finding("kernel", kernel, recent ? GOOD : ["warn", "before 5.8 a write to a huge page copied 2 MB"]),
    finding("huge pages", thp, GOOD),
    finding(
      "same-page merging",
      ksm,
      ksm === "on" ? ["warn", "merged pages look shared: echo 2 > /sys/kernel/mm/ksm/run"] : GOOD,
    ),
    finding(
      "swap",
      `${megabytes(swapBytes)} MB`,
      swapBytes === 0 ? GOOD : ["warn", "fleets never swap where the engine can limit it, but the host may slow down"],
    ),
  ];
}

async function diskFinding(path: string): Promise<Finding> {
  const stats = await statfs(path).catch(() => undefined);
  if (stats === undefined)
    return path === dirname(path) ? finding("disk", "unknown", ["warn", ""]) : diskFinding(dirname(path));
  const free = stats.bavail * stats.bsize;
  const remedy = "free some space, or set MAJEK_LAB_CACHE to another disk";
  const scarce: Verdict =
    free < RUN_DISK ? ["fail", remedy] : ["warn", `enough for labs that are built; to build one, ${remedy}`];
  return finding("disk", `${megabytes(free)} MB free at ${path}`, free >= BUILD_DISK ? GOOD : scarce);
}

async function engineOrFailure(workspace: Workspace): Promise<Finding[]> {
  try {
    return engineFindings((await connectEngine(workspace.environment)).info);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return [finding("engine", [error.message, ...error.details].join("; "), ["fail", error.next ?? ""])];
  }
}

/**
 * `doctor`: one line per check.
 * @throws LabError "engine" (exit 4) when a check fails
 */
export async function doctor(workspace: Workspace, format: "table" | "json"): Promise<void> {
  const findings = [
    ...(await engineOrFailure(workspace)),
    ...(await hostFindings()),
    await diskFinding(workspace.environment.cacheDir),
  ];
  if (format === "json") {
    workspace.print(JSON.stringify({ schemaVersion: 1, findings }, null, 2));
  } else {
    const columns = ["", "check", "found", "do"].map((title) => ({ title, align: "left" as const }));
    workspace.print(
      alignColumns(
        columns,
        findings.map(({ status, check, found, remedy }) => [status, check, found, remedy]),
      ).join("\n"),
    );
  }
  const failed = findings.filter(({ status }) => status === "fail");
  if (failed.length === 0) return;
  throw new LabError("engine", "this machine cannot run labs", {
    details: failed.map(({ check, found }) => `${check}: ${found}`),
    next: failed[0]?.remedy || "majek-lab doctor",
  });
}
