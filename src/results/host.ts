import { readFile } from "node:fs/promises";
import { arch, cpus, loadavg, release, totalmem } from "node:os";
import type { Provenance } from "../model/run.js";

/** The text of a kernel file; "" where this kernel does not have it. */
async function kernelFile(path: string): Promise<string> {
  return (await readFile(path, "utf8").catch(() => "")).trim();
}

/** The chosen word of a kernel switch such as `always [madvise] never`. */
function chosen(text: string): string {
  return /\[(\w+)\]/.exec(text)?.[1] ?? "absent";
}

/** KSM's switch (Documentation/admin-guide/mm/ksm.rst): 0 stopped, 1 running, 2 stopped and pages unmerged. */
function ksmState(text: string): string {
  const names: Readonly<Record<string, string>> = { "0": "off", "1": "on", "2": "unmerged" };
  return names[text] ?? "absent";
}

/** Total swap in bytes, from `/proc/meminfo` (kB there means 1024 bytes). */
function swapBytes(meminfo: string): number {
  return Number(/^SwapTotal:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? 0) * 1024;
}

/**
 * The facts of this host that a measurement of shared pages can depend on.
 * The engine is local (remote ones are refused), so its kernel is ours; under Docker Desktop it is the engine's machine
 * that counts, and the engine's own facts stand beside these.
 */
export async function hostFacts(): Promise<Provenance["host"]> {
  const [thp, ksm, meminfo] = await Promise.all([
    kernelFile("/sys/kernel/mm/transparent_hugepage/enabled"),
    kernelFile("/sys/kernel/mm/ksm/run"),
    kernelFile("/proc/meminfo"),
  ]);
  const processors = cpus();
  return {
    kernel: release(),
    cpu: processors[0]?.model.trim() || "unknown",
    cpus: Math.max(processors.length, 1),
    memoryBytes: totalmem(),
    thp: chosen(thp),
    ksm: ksmState(ksm),
    swapBytes: swapBytes(meminfo),
    loadAverage: loadavg()[0] ?? 0,
    architecture: arch(),
  };
}
