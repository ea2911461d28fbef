import { arch } from "node:os";
import { resolve } from "node:path";
import { readLock } from "../lock/file.js";
import { platformOf } from "../lock/platform.js";
import { missingFiles, wantedFiles } from "../lock/wanted.js";
import type { PlatformLock } from "../model/lock.js";
import type { Lab } from "../model/spec.js";
import { alignColumns } from "../report/columns.js";
import { count } from "../report/numbers.js";
import { listRuns, type RunLocation } from "../results/locate.js";
import { type Measured, measuredOf, readMeasured } from "../results/measured.js";
import { readRun } from "../results/read.js";
import { type LabEntry, listLabs } from "../spec/find.js";
import { loadLab } from "../spec/load.js";
import { openStore } from "../system/store.js";
import type { Workspace } from "./workspace.js";

/** What a lab needs, as far as anybody knows. */
interface ListedLab extends LabEntry {
  readonly title: string;
  readonly variants: readonly string[];
  /** Limit of a fleet, in bytes. */
  readonly memoryBytes: number | null;
  /** Of all inputs; `null` where no lock says what they are. */
  readonly inputBytes: number | null;
  /** Of those that are not at hand. */
  readonly downloadBytes: number | null;
  readonly measured: Measured | null;
  /** Whether that was here, or came with the tool. */
  readonly measuredFrom: "results" | "package" | null;
}

/** Node names processors in its own way. */
const HOST_ARCHITECTURE = arch() === "x64" ? "amd64" : arch();

/** What the lock names for this machine; for another one where it has no such block, as sizes hardly differ. */
async function blockFor({ lockFile }: Lab): Promise<PlatformLock | undefined> {
  const platforms = (await readLock(lockFile).catch(() => undefined))?.platforms ?? {};
  try {
    return platforms[platformOf(HOST_ARCHITECTURE)] ?? Object.values(platforms)[0];
  } catch {
    return Object.values(platforms)[0];
  }
}

async function sizesOf({ environment }: Workspace, lab: Lab): Promise<Pick<ListedLab, "inputBytes" | "downloadBytes">> {
  const block = await blockFor(lab);
  if (block === undefined) return { inputBytes: null, downloadBytes: null };
  const sum = (files: ReturnType<typeof wantedFiles>): number => files.reduce((total, { size }) => total + size, 0);
  const wanted = wantedFiles(block);
  return { inputBytes: sum(wanted), downloadBytes: sum(await missingFiles(openStore(environment), wanted)) };
}

/** A lab's newest run below ./results that came to its end, and measured every variant that the lab has: fewer take less. */
async function newestMeasured(runs: readonly RunLocation[], { spec }: Lab): Promise<Measured | undefined> {
  for (const { directory } of runs.filter(({ lab }) => lab === spec.name).toReversed()) {
    const run = await readRun(directory).catch(() => undefined);
    if (run === undefined) continue;
    const measured = measuredOf(run);
    if (measured !== undefined && spec.variants.every(({ name }) => Object.hasOwn(run.variants, name))) return measured;
  }
  return undefined;
}

/** Every lab with what it needs. */
async function listedLabs(workspace: Workspace): Promise<ListedLab[]> {
  const runs = await listRuns(resolve(workspace.workingDirectory, "results")).catch(() => []);
  const shipped = await readMeasured(workspace.packageRoot).catch(() => ({}) as Record<string, Measured>);
  const list = async (entry: LabEntry): Promise<ListedLab> => {
    const lab = await loadLab(entry.directory).catch(() => undefined);
    const own = lab && (await newestMeasured(runs, lab));
    return {
      ...entry,
      title: lab?.spec.title ?? "(majek-lab validate names its problems)",
      variants: lab?.spec.variants.map(({ name }) => name) ?? [],
      memoryBytes: lab?.spec.fleet.memoryBytes ?? null,
      ...(lab === undefined ? { inputBytes: null, downloadBytes: null } : await sizesOf(workspace, lab)),
      measured: own ?? shipped[entry.name] ?? null,
      measuredFrom: own !== undefined ? "results" : shipped[entry.name] === undefined ? null : "package",
    };
  };
  return Promise.all((await listLabs(workspace)).map(list));
}

const MODES = { up: "up", run: "run", short: "run --short" } as const;

/** Says which run it was: no other takes as long. */
function timeOf({ measured }: ListedLab): string {
  if (measured === null) return "-";
  const { mode, seconds, requestsPerWorker } = measured;
  return `${Math.max(1, Math.round(seconds / 60))} min (${MODES[mode]}, ${count(requestsPerWorker)})`;
}

/** `list`: every lab with what it needs. A lab with a broken file is listed with that remark. */
export async function list(workspace: Workspace, format: "table" | "json"): Promise<string> {
  const labs = await listedLabs(workspace);
  if (format === "json") return JSON.stringify({ schemaVersion: 1, labs }, null, 2);
  const size = (bytes: number | null | undefined): string => (bytes == null ? "-" : count(bytes / 1e6));
  const columns = [
    { title: "lab", align: "left" as const },
    ...["variants", "download MB", "missing MB", "limit MB", "largest MB"].map((title) => {
      return { title, align: "right" as const };
    }),
    ...["time (requests per worker)", "title"].map((title) => ({ title, align: "left" as const })),
  ];
  const rows = labs.map((lab) => [
    lab.name,
    count(lab.variants.length),
    size(lab.inputBytes),
    size(lab.downloadBytes),
    size(lab.memoryBytes),
    size(lab.measured?.fleetBytes),
    timeOf(lab),
    lab.title,
  ]);
  return alignColumns(columns, rows).join("\n");
}
