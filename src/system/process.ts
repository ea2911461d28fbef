import { readFile } from "node:fs/promises";

/** Names one process for good: a pid alone is used again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of `/proc/PID/stat` (proc(5)): clock ticks since boot; `null` where there is no /proc. */
  readonly startTime: number | null;
}

interface ProcessState {
  readonly startTime: number | null;
  /** It has ended, but its parent has not asked how: it keeps its pid, and does nothing any more. */
  readonly ended: boolean;
}

/** The command name in field 2 may hold spaces and parentheses: count from its last parenthesis. */
function stateIn(stat: string): ProcessState {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const value = Number(fields[19]);
  return { startTime: Number.isInteger(value) ? value : null, ended: ["Z", "X"].includes(fields[0] ?? "") };
}

async function stateOf(pid: number): Promise<ProcessState> {
  return stateIn(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""));
}

/** This process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  return { pid: process.pid, startTime: (await stateOf(process.pid)).startTime };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Whether exactly this process still runs. */
export async function isAlive({ pid, startTime: expected }: ProcessIdentity): Promise<boolean> {
  if (!exists(pid)) return false;
  const { startTime: found, ended } = await stateOf(pid);
  return !ended && (expected === null || found === null || found === expected);
}
