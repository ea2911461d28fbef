import type { FleetEvent } from "./events.js";
import type { Probe } from "./probe.js";

/** Seconds for commands that read nothing big. */
const QUICK = 20;

/** Seconds for recording P0: it reads the page tables of one process. */
const RECORDING = 120;

/**
 * Records P0 while the master waits before its first fork, then lets it go on.
 * @returns what the probe says about its method when it is not the exact one; `null`: it is
 * @throws LabError "fleet" when the probe cannot do one of these
 */
export async function passGate(probe: Probe, gate: FleetEvent & { majek: "gate" }): Promise<string | null> {
  const hello = await probe.ask("hello", QUICK);
  await probe.ask(`p0 ${gate.pid}`, RECORDING);
  await probe.ask(`release ${gate.fifo} ${gate.pid}`, QUICK);
  if (hello["method"] === "pfn") return null;
  return `pages are told apart by the method "${String(hello["method"])}": ${String(hello["reason"] ?? "")}`;
}
