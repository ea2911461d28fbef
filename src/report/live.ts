import stringWidth from "string-width";
import type { Colours } from "./colours.js";
import { alignColumns, type Column, wrapWords } from "./columns.js";
import { costOf, type LiveFleet, type LiveState, type LiveView } from "./live-view.js";
import { workerLines } from "./live-workers.js";
import { bar, count, megabytes, percent, span, sparkline } from "./numbers.js";
import { fleetCost } from "./run-report.js";

/** From this many terminal columns on there are bars; below the smaller number, fewer columns. */
const WIDE = 104;
const NARROW = 76;

const BAR_WIDTH = 14;

/** How much of a terminal there is. */
export interface Room {
  readonly columns: number;
  readonly rows: number;
}

function columns({ columns: width }: Room): readonly Column[] {
  const left = (title: string): Column => ({ title, align: "left" });
  const right = (title: string): Column => ({ title, align: "right" });
  const wide = width >= WIDE;
  const narrow = width < NARROW;
  return [
    left("variant"),
    left("state"),
    right(narrow ? "requests" : "requests/worker"),
    ...(wide ? [left("")] : []),
    ...(narrow ? [] : [right("req/s")]),
    right("fleet MB"),
    ...(wide ? [left("│ ideal")] : []),
    right(narrow ? "shared" : "still shared"),
    right(narrow ? "copied" : "copied MB"),
  ];
}

function paintedState(state: LiveState, paused: boolean, paint: Colours): string {
  const painters: Readonly<Partial<Record<LiveState, (text: string) => string>>> = {
    waiting: paint.faint,
    loading: paint.accent,
    measuring: paint.accent,
    done: paint.good,
    failed: paint.bad,
    stopped: paint.warning,
  };
  if (paused && state === "loading") return paint.warning("paused");
  return (painters[state] ?? ((text: string) => text))(state);
}

/** Fleet bytes as a bar, and where it would end had no preloaded page been copied. */
function costBar(bytes: number | null, ideal: number | null, most: number): string {
  const drawn = [...bar(bytes === null || most === 0 ? null : bytes / most, BAR_WIDTH)];
  const mark = ideal === null || most === 0 ? -1 : Math.min(Math.floor((ideal / most) * BAR_WIDTH), BAR_WIDTH - 1);
  return drawn.map((glyph, index) => (index === mark ? "│" : glyph)).join("");
}

function cells(fleet: LiveFleet, view: LiveView, most: number, paint: Colours, room: Room): readonly string[] {
  const { sample, checkpoint, state } = fleet;
  const now = sample ?? checkpoint;
  const started = state !== "waiting" && state !== "starting";
  const progress = view.target === 0 ? 1 : fleet.requestsPerWorker / view.target;
  const wide = room.columns >= WIDE;
  const narrow = room.columns < NARROW;
  const requests = narrow
    ? count(fleet.requestsPerWorker)
    : `${count(fleet.requestsPerWorker)} / ${count(view.target)}`;
  const cost = costOf(fleet);
  return [
    fleet.variant,
    paintedState(state, view.paused, paint),
    started ? requests : "",
    ...(wide ? [paint.faint(started ? bar(progress, BAR_WIDTH) : "")] : []),
    ...(narrow ? [] : [started ? count(fleet.rate ?? checkpoint?.throughput ?? null) : ""]),
    now === null ? "" : megabytes(cost),
    ...(wide ? [now === null ? "" : paint.accent(costBar(cost, now.idealBytes, most))] : []),
    now === null ? "" : percent(now.sharedFraction?.mean ?? null),
    now === null ? "" : megabytes(now.lostBytes),
  ];
}

/** How the fleet's bytes went, beside what it would cost at best and without preload. */
function costLine(fleet: LiveFleet, view: LiveView, paint: Colours, width: number): readonly string[] {
  const cost = costOf(fleet);
  if (cost === null || fleet.history.length === 0) return [];
  const ideal = (fleet.sample ?? fleet.checkpoint)?.idealBytes ?? null;
  const bare = view.fleets.find(({ preload, checkpoint }) => !preload && checkpoint !== null);
  const others = [
    ...(ideal === null ? [] : [`ideal ${megabytes(ideal)}`]),
    ...(bare === undefined || bare === fleet ? [] : [`${bare.variant} ${megabytes(costOf(bare))}`]),
  ];
  const words = `${fleet.variant}: fleet MB `;
  const numbers = ` ${megabytes(cost)}${others.length === 0 ? "" : `  (${others.join(", ")})`}`;
  const line = sparkline(fleet.history, Math.min(width - words.length - numbers.length, 40));
  return [`${words}${paint.accent(line)}${numbers}`];
}

/** Where there are more fleets than lines: those that wait are left out first, then those that are done longest. */
function fitting(view: LiveView, lines: number): readonly LiveFleet[] {
  if (view.fleets.length <= lines) return view.fleets;
  const begun = view.fleets.filter(({ state }) => state !== "waiting");
  const least = Math.max(lines, 1);
  return begun.length > 0 ? begun.slice(-least) : view.fleets.slice(0, least);
}

/** What is too long for the terminal would wrap, and shift everything below. */
const cut = (line: string, width: number): string => (stringWidth(line) <= width ? line : plainCut(line, width));

function plainCut(line: string, width: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with one
  const points = [...line.replaceAll(/\u001b\[[0-9;]*m/g, "")];
  return `${points.slice(0, Math.max(width - 1, 0)).join("")}…`;
}

/**
 * The live view as lines of text, as many as the terminal has room for.
 * @param foot - a line at the end: which keys work
 */
export function liveLines(view: LiveView, foot: string | undefined, paint: Colours, room: Room): string[] {
  const width = room.columns - 1;
  const verdict = (view.verdict === null ? [] : wrapWords(view.verdict, width)).map(paint.strong);
  const workers = span(view.fleets.length === 0 ? [0] : view.fleets.map((fleet) => fleet.workers));
  const what = `${view.lab}: ${workers} workers, up to ${count(view.target)} requests per worker`;
  const head = [...verdict, paint.faint(what), ""];
  const tail = foot === undefined ? [] : ["", paint.faint(foot)];
  // One line stays free for the cursor.
  let free = room.rows - 1 - head.length - tail.length - 1;
  const fleets = fitting(view, free);
  free -= fleets.length;
  const most = Math.max(0, ...view.fleets.map((fleet) => costOf(fleet) ?? 0));
  const table = alignColumns(
    columns(room),
    fleets.map((fleet) => cells(fleet, view, most, paint, room)),
    paint.faint,
  );
  const active = view.fleets.find(({ variant }) => variant === view.active);
  const cost = active === undefined || free < 2 ? [] : costLine(active, view, paint, width);
  free -= cost.length + 1;
  const detail = active === undefined ? [] : workerLines(active, paint, width, free - 1);
  return [
    ...head,
    ...table,
    ...(cost.length === 0 ? [] : ["", ...cost]),
    ...(detail.length === 0 ? [] : ["", ...detail]),
    ...tail,
  ]
    .slice(-Math.max(room.rows - 1, 1))
    .map((line) => cut(line, width));
}

/** What stays when it is over: the table. */
export function lastLines(view: LiveView, paint: Colours, columns: number): string[] {
  return ["", ...liveLines({ ...view, active: null }, undefined, paint, { columns, rows: 10_000 }), ""];
}

/** One line for logs: what is new about a fleet. */
export function liveLine({ variant, state, checkpoint: at }: LiveFleet): string {
  if (at === null || state === "starting" || state === "waiting") return `${variant}: ${state}`;
  const parts = [
    `${count(at.requestsPerWorker)} requests per worker`,
    `fleet ${megabytes(fleetCost(at))} MB`,
    ...(at.sharedFraction === null ? [] : [`${percent(at.sharedFraction.mean)} still shared`]),
    ...(at.lostBytes === null ? [] : [`${megabytes(at.lostBytes)} MB copied`]),
    ...(at.throughput === null ? [] : [`${count(at.throughput)} req/s`]),
  ];
  return `${variant}: ${state}, ${parts.join(", ")}`;
}

/** One line for logs: how far a load is. */
export function loadLine({ variant, requestsPerWorker, rate, sample }: LiveFleet, target: number): string {
  const speed = rate === null ? "" : `, ${count(rate)} req/s`;
  const memory = sample === null || sample.fleetBytes === null ? "" : `, fleet ${megabytes(sample.fleetBytes)} MB`;
  return `${variant}: ${count(requestsPerWorker)} of ${count(target)} requests per worker${speed}${memory}`;
}
