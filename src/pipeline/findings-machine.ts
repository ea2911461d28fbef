import { dirname } from "node:path";
import type { EngineInfo } from "../docker/types.js";
import { count, megabytes } from "../report/numbers.js";
import { hostFacts } from "../results/host.js";
import { freeBytes } from "../system/free-space.js";
import { type Finding, finding, GOOD, type Verdict } from "./findings.js";

/** What a first build takes, and what runs of built labs need, as preflight.sh has it. */
const BUILD_DISK = 10e9;
const RUN_DISK = 2e9;
const NEEDED_MEMORY = 3.5e9;

/** What a machine must have, in bytes. */
export interface Needs {
  readonly memory: number;
  /** Less than this and nothing works. */
  readonly disk: number;
  /** Less than this and some things do not. */
  readonly ampleDisk: number;
}

/** What every use of the tool needs; enough disk for a build is ample. */
export const GENERAL: Needs = { memory: NEEDED_MEMORY, disk: RUN_DISK, ampleDisk: BUILD_DISK };

/** The Node that runs this, against what package.json says (`>=20.19`). @param wanted - its `engines.node` */
export function nodeFinding(version: string, wanted: string): Finding {
  const [[major = 0, minor = 0], [needed = 0, least = 0]] = [version, wanted.replace(">=", "")].map((text) =>
    text.split(".").map(Number),
  ) as [number[], number[]];
  const recent = major > needed || (major === needed && minor >= least);
  return finding("node", version, recent ? GOOD : ["fail", `install Node ${wanted.replace(">=", "")} or newer`]);
}

/** What the engine says of itself. */
export function engineFindings(engine: EngineInfo, { memory }: Needs): Finding[] {
  const rootless: Verdict = engine.rootless
    ? ["warn", "frame numbers are hidden in a user namespace: fleet bytes will be missing"]
    : GOOD;
  const known = ["amd64", "x86_64", "arm64", "aarch64"].includes(engine.architecture);
  return [
    finding("engine", `answers at ${engine.endpoint}`, GOOD),
    finding(
      "engine version",
      `${engine.name} ${engine.version}, API ${engine.apiVersion}, ${engine.storageDriver}`,
      GOOD,
    ),
    finding("architecture", engine.architecture, known ? GOOD : ["fail", "use x86_64 or arm64"]),
    finding("privileges", engine.rootless ? "rootless" : "root", rootless),
    finding(
      "memory",
      `${megabytes(engine.memoryBytes)} MB`,
      engine.memoryBytes >= memory ? GOOD : ["fail", `${megabytes(memory)} MB are needed`],
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

/** What the kernel says of itself. */
export async function hostFindings(): Promise<Finding[]> {
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

/** Free disk where a folder is, or will be. @param remedy - what to do where it is scarce */
export async function diskFinding(path: string, needs: Needs, remedy: string): Promise<Finding> {
  const free = await freeBytes(path);
  if (free === undefined)
    return path === dirname(path)
      ? finding("disk", "unknown", ["warn", ""])
      : diskFinding(dirname(path), needs, remedy);
  const { disk, ampleDisk } = needs;
  const scarce: Verdict =
    free < disk
      ? ["fail", `${megabytes(disk)} MB are needed: ${remedy}`]
      : ["warn", `enough for labs that are built; to build one, ${remedy}`];
  return finding("disk", `${megabytes(free)} MB free at ${path}`, free >= ampleDisk ? GOOD : scarce);
}
