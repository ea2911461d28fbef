import type { Colours } from "./colours.js";
import { alignColumns, type Column } from "./columns.js";
import type { LiveFleet } from "./live-view.js";
import { count, MISSING, megabytes } from "./numbers.js";

/** A worker's memory, from a look under load or from a checkpoint. Bytes. */
interface WorkerMemory {
  readonly requests: number | null;
  readonly shared: number;
  readonly lost: number;
  readonly fresh: number;
  readonly full: number | null;
}

/** Page size where a checkpoint does not say. */
const USUAL_PAGE = 4096;

function memoryOf({ sample, checkpoint }: LiveFleet): readonly WorkerMemory[] {
  if (sample !== null) {
    return sample.workers.map(({ requests, sharedBytes, lostBytes, newBytes, fullCollections }) => ({
      requests,
      shared: sharedBytes ?? 0,
      lost: lostBytes ?? 0,
      fresh: newBytes ?? 0,
      full: fullCollections,
    }));
  }
  const page = checkpoint?.pageSize ?? USUAL_PAGE;
  return (checkpoint?.workers ?? []).map(({ shared, lost, newBytes }, index) => ({
    requests: null,
    shared: (shared ?? 0) * page,
    lost: (lost ?? 0) * page,
    fresh: newBytes ?? 0,
    full: checkpoint?.fullCollections?.[index] ?? null,
  }));
}

/** Shared, copied and new memory in one bar; the glyphs differ, so that it can be read without colour. */
function stacked(memory: WorkerMemory, most: number, width: number, paint: Colours): string {
  const edge = (bytes: number): number => (most === 0 ? 0 : Math.round((bytes / most) * width));
  const [first, second] = [edge(memory.shared), edge(memory.shared + memory.lost)];
  const third = edge(memory.shared + memory.lost + memory.fresh);
  return [
    paint.accent("█".repeat(first)),
    paint.bad("▓".repeat(second - first)),
    paint.warning("░".repeat(third - second)),
    " ".repeat(Math.max(width - third, 0)),
  ].join("");
}

/** Terminal columns of everything but the bar. */
const NUMBERS = 58;

const LEGEND = "█ shared ▓ copied ░ new";

/** @param barWidth - 0 where there is no room for bars */
function columns(barWidth: number): readonly Column[] {
  const right = (title: string): Column => ({ title, align: "right" });
  const bars: Column = { title: barWidth < LEGEND.length ? "" : LEGEND, align: "left" };
  const numbers = ["shared MB", "copied MB", "new MB", "requests", "full gc"].map(right);
  return [right("worker"), ...(barWidth === 0 ? [] : [bars]), ...numbers];
}

/**
 * The workers of a fleet, a line for each.
 * @param width - columns of the terminal
 * @param room - lines there are; none where they do not hold one worker
 */
export function workerLines(fleet: LiveFleet, paint: Colours, width: number, room: number): readonly string[] {
  const workers = memoryOf(fleet);
  if (workers.length === 0 || room < 3) return [];
  const shown = workers.length <= room - 1 ? workers : workers.slice(0, room - 2);
  const most = Math.max(...workers.map(({ shared, lost, fresh }) => shared + lost + fresh));
  const barWidth = width - NUMBERS < 10 ? 0 : Math.min(width - NUMBERS, 60);
  const rows = shown.map((worker, index) => [
    count(index + 1),
    ...(barWidth > 0 ? [stacked(worker, most, barWidth, paint)] : []),
    megabytes(worker.shared),
    megabytes(worker.lost),
    megabytes(worker.fresh),
    worker.requests === null ? MISSING : count(worker.requests),
    worker.full === null ? MISSING : count(worker.full),
  ]);
  const rest = workers.length - shown.length;
  return [
    ...alignColumns(columns(barWidth), rows, paint.faint),
    ...(rest === 0 ? [] : [paint.faint(`… and ${count(rest)} more workers`)]),
  ];
}
