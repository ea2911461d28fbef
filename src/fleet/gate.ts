import type { FleetEvent } from "./events.js";
import type { Probe } from "./probe.js";

/** Seconds for commands that read nothing big. */
const QUICK = 20;

/** Seconds for recording P0: it reads the page tables of one process, and for saving its contents. */
const RECORDING = 120;

/** What the gate needs to know of a fleet that blame will look at. */
export interface Blamed {
  /** Resolves when the child of the master has written the object map; null: it could not. */
  mapWritten(): Promise<string | null>;
}

/** What of the master was saved for blame: the probe keeps the contents. */
export interface Saved {
  /** The object map that the child wrote; "" where it could not, which its log explains. */
  readonly map: string;
  /** The probe's answer to `save`. */
  readonly segments: unknown;
  readonly seconds: number;
}

export interface Passed {
  /** What the probe says about its method when it is not the exact one; `null`: it is. */
  readonly caution: string | null;
  /** `null`: blame was not asked for, or this machine does not show what it needs. */
  readonly saved: Saved | null;
}

/** A file in the fleet, piece by piece. */
async function readFile(probe: Probe, path: string, pid: number): Promise<string> {
  const pieces: Buffer[] = [];
  for (let offset = 0; ; offset += pieces.at(-1)?.length ?? 0) {
    const answer = await probe.ask(`read ${offset} ${path} ${pid}`, QUICK);
    pieces.push(Buffer.from(String(answer["data"]), "base64"));
    if (answer["bytes"] === 0) return Buffer.concat(pieces).toString("utf8");
  }
}

/** Saves the contents of the recorded pages, then has a child write the object map: in this order, because a fork writes. */
async function save(probe: Probe, { pid, fifo }: FleetEvent & { majek: "gate" }, blamed: Blamed): Promise<Saved> {
  const started = performance.now();
  const { segments } = await probe.ask("save", RECORDING);
  await probe.ask(`map ${fifo} ${pid}`, QUICK);
  const path = await blamed.mapWritten();
  const map = path === null ? "" : await readFile(probe, path, pid);
  return { map, segments, seconds: (performance.now() - started) / 1000 };
}

/**
 * Records P0 while the master waits before its first fork, then lets it go on.
 * @param blamed - save what blame compares with, too
 * @throws LabError "fleet" when the probe cannot do one of these
 */
export async function passGate(
  probe: Probe,
  gate: FleetEvent & { majek: "gate" },
  blamed: Blamed | null,
): Promise<Passed> {
  const hello = await probe.ask("hello", QUICK);
  const exact = hello["method"] === "pfn";
  await probe.ask(`p0 ${gate.pid}`, RECORDING);
  const saved = blamed !== null && exact ? await save(probe, gate, blamed) : null;
  await probe.ask(`release ${gate.fifo} ${gate.pid}`, QUICK);
  const why = `pages are told apart by the method "${String(hello["method"])}": ${String(hello["reason"] ?? "")}`;
  return { caution: exact ? null : why, saved };
}
