import type { Colours } from "./colours.js";
import { alignColumns, type Column, wrapWords } from "./columns.js";
import type { LiveRow, LiveState, LiveTitle } from "./live-row.js";
import { bar, count, megabytes, percent, span } from "./numbers.js";
import { fleetCost } from "./run-report.js";

/** Below this many terminal columns the bars are left out. */
const WIDE = 104;

const BAR_WIDTH = 14;

function columns(wide: boolean): readonly Column[] {
  const left = (title: string): Column => ({ title, align: "left" });
  const right = (title: string): Column => ({ title, align: "right" });
  return [
    left("variant"),
    left("state"),
    right("requests/worker"),
    ...(wide ? [left("")] : []),
    right("req/s"),
    right("fleet MB"),
    right("still shared"),
    ...(wide ? [left("")] : []),
    right("copied MB"),
  ];
}

function paintedState(state: LiveState, paint: Colours): string {
  const painters: Readonly<Partial<Record<LiveState, (text: string) => string>>> = {
    waiting: paint.faint,
    loading: paint.accent,
    measuring: paint.accent,
    done: paint.good,
    failed: paint.bad,
    stopped: paint.warning,
  };
  return (painters[state] ?? ((text: string) => text))(state);
}

function cells(row: LiveRow, paint: Colours, wide: boolean): readonly string[] {
  const at = row.checkpoint;
  const share = at?.sharedFraction?.mean ?? null;
  const started = row.state !== "waiting" && row.state !== "starting";
  const progress = row.target === 0 ? 1 : row.requestsPerWorker / row.target;
  return [
    row.variant,
    paintedState(row.state, paint),
    started ? `${count(row.requestsPerWorker)} / ${count(row.target)}` : "",
    ...(wide ? [paint.faint(started ? bar(progress, BAR_WIDTH) : "")] : []),
    started ? count(row.rate ?? at?.throughput ?? null) : "",
    at === null ? "" : megabytes(fleetCost(at)),
    at === null ? "" : percent(share),
    ...(wide ? [paint.accent(at === null ? "" : bar(share, BAR_WIDTH))] : []),
    at === null ? "" : megabytes(at.lostBytes),
  ];
}

/**
 * The live table as lines of text.
 * @param width - columns of the terminal
 */
export function liveLines(
  title: LiveTitle,
  rows: Iterable<LiveRow>,
  headline: string | undefined,
  paint: Colours,
  width: number,
): string[] {
  const wide = width >= WIDE;
  const body = [...rows].map((row) => cells(row, paint, wide));
  const what = `${title.lab}: ${span(title.workers)} workers, up to ${count(title.target)} requests per worker`;
  return [
    "",
    ...(headline === undefined ? [] : wrapWords(headline, width)).map(paint.strong),
    paint.faint(what),
    "",
    ...alignColumns(columns(wide), body, paint.faint),
    "",
  ];
}

/** One line for logs: what is new about a variant. */
export function liveLine(row: LiveRow): string {
  const at = row.checkpoint;
  if (at === null || row.state === "starting" || row.state === "waiting") return `${row.variant}: ${row.state}`;
  const parts = [
    `${count(at.requestsPerWorker)} requests per worker`,
    `fleet ${megabytes(fleetCost(at))} MB`,
    ...(at.sharedFraction === null ? [] : [`${percent(at.sharedFraction.mean)} still shared`]),
    ...(at.lostBytes === null ? [] : [`${megabytes(at.lostBytes)} MB copied`]),
    ...(at.throughput === null ? [] : [`${count(at.throughput)} req/s`]),
  ];
  return `${row.variant}: ${row.state}, ${parts.join(", ")}`;
}

/** One line for logs: how far a load is. */
export function loadLine({ variant, requestsPerWorker, target, rate }: LiveRow): string {
  const speed = rate === null ? "" : `, ${count(rate)} req/s`;
  return `${variant}: ${count(requestsPerWorker)} of ${count(target)} requests per worker${speed}`;
}
