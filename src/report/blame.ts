import type { BlamedPage, BlameResult, Share, Subject } from "../model/blame.js";
import { type Chosen, savedWithout, sharesBy, workersOf } from "../model/blame-shares.js";
import { LabError } from "../model/errors.js";
import { alignColumns, type Column } from "./columns.js";
import { count, megabytes, percent } from "./numbers.js";

export interface BlameView {
  /** Rows of each table. */
  readonly top: number;
  /** Number of one worker, from 0; `undefined`: all. */
  readonly worker?: number;
  /** A cause, `type:NAME` or `module:NAME`: what fixing it would save. */
  readonly whatIf?: string;
  /** Shows one page alone. */
  readonly page?: string;
}

/** Which processes' pages count. @throws LabError "usage" where there is no such worker */
export function chosenBy(result: BlameResult, worker: number | undefined): Chosen {
  if (worker === undefined) return workersOf(result);
  const workers = result.processes.flatMap(({ role }, index) => (role === "worker" ? [index] : []));
  const wanted = workers[worker];
  if (wanted === undefined) {
    throw new LabError("usage", `there is no worker ${worker}: they are 0 to ${workers.length - 1}`, {
      next: "majek-lab blame --worker 0",
    });
  }
  return (process) => process === wanted;
}

/** Whether a subject is what `--what-if` names. Modules include what is below them. */
export function matcher(text: string): (subject: Subject) => boolean {
  const [, kind, name = ""] = /^(type|module):(.*)$/.exec(text) ?? [];
  if (kind === "type") return ({ type }) => type === name || type.endsWith(`:${name}`);
  if (kind === "module") return ({ module }) => module === name || module.startsWith(`${name}.`);
  return ({ cause }) => cause === text;
}

const COLUMNS: readonly Column[] = [
  { title: "lost pages", align: "right" },
  { title: "MB", align: "right" },
  { title: "of them alone", align: "right" },
  { title: "", align: "left" },
];

function table(title: string, shares: readonly Share[], top: number, pageSize: number): string[] {
  const rows = shares
    .slice(0, top)
    .map(({ name, pages, only }) => [count(pages), megabytes(pages * pageSize), count(only), name || "(none)"]);
  const rest = shares.length > top ? [`… and ${count(shares.length - top)} more (--top ${shares.length})`] : [];
  return ["", title, ...alignColumns(COLUMNS, rows, (text) => text), ...rest];
}

/** @throws LabError "usage" where nothing was blamed on it in any of these */
export function requireBlamed(results: readonly BlameResult[], text: string): void {
  const fixed = matcher(text);
  if (results.some(({ subjects }) => subjects.some(fixed))) return;
  throw new LabError("usage", `nothing was blamed on "${text}"`, {
    details: ["name a cause, type:NAME or module:NAME as the tables show them"],
    next: "majek-lab blame --top 100",
  });
}

function whatIfLines(result: BlameResult, text: string, chosen: Chosen): string[] {
  const saved = savedWithout(result, matcher(text), chosen);
  const lost = totalLost(result, chosen);
  return [
    `Without ${text}: ${count(saved)} of ${count(lost)} lost pages would be shared (${megabytes(saved * result.pageSize)} MB).`,
  ];
}

function totalLost({ processes }: BlameResult, chosen: Chosen): number {
  return processes.reduce((sum, { lost }, index) => sum + (chosen(index) ? lost : 0), 0);
}

function heading(result: BlameResult, chosen: Chosen): string[] {
  const processes = result.processes.filter((_, index) => chosen(index));
  const lost = totalLost(result, chosen);
  const named = processes.reduce((sum, process) => sum + process.named, 0);
  const same =
    sharesBy(result, ({ cause }) => cause, chosen).find(({ name }) => name === "same value rewritten")?.only ?? 0;
  const full = processes.flatMap(({ collections }) => collections[2] ?? []);
  // Python 2 does not count them.
  const collected =
    full.length === 0 ? "" : `; full collections per worker: ${Math.min(...full)} to ${Math.max(...full)}`;
  return [
    `${result.lab}, ${result.variant}, ${count(result.requestsPerWorker)} requests per worker, Python ${result.python}: ` +
      `${processes.length} workers lost ${count(lost)} pages (${megabytes(lost * result.pageSize)} MB) of ${count(result.p0Pages)} preloaded each`,
    `named: ${percent(lost === 0 ? null : named / lost)}; ` +
      `${percent(lost === 0 ? null : same / lost)} hold the same values as before${collected}`,
  ];
}

/** `module:path`, as far as it is known. */
function homeOf({ module, example }: Pick<Subject, "module" | "example">): string {
  return module === "" ? example : `${module}:${example}`;
}

/** One page, with everything that wrote to it. */
function pageLines(result: BlameResult, page: BlamedPage): string[] {
  const lines = page.verdicts.flatMap(({ processes, subjects }) => [
    `lost by ${processes.map((index) => `${result.processes[index]?.role} ${result.processes[index]?.pid}`).join(", ")}:`,
    ...subjects.map((index) => {
      const { cause, type, module, example } = result.subjects[index] as Subject;
      const home = homeOf({ module, example });
      return `  ${cause}${type === "" ? "" : `, ${type}`}${home === "" ? "" : `, e.g. ${home}`}`;
    }),
  ]);
  return [`${page.address} ${page.mapping || "(anonymous)"}`, ...lines];
}

/** The page that holds an address, which may lack its 0x. @throws LabError "usage" where nobody lost it */
export function findPage({ pages, pageSize }: BlameResult, text: string): BlamedPage {
  const address = Number(/^(0x)?[0-9a-f]+$/i.test(text) ? (text.startsWith("0x") ? text : `0x${text}`) : Number.NaN);
  const found = pages.find((page) => address >= Number(page.address) && address < Number(page.address) + pageSize);
  if (found !== undefined) return found;
  throw new LabError("usage", `nobody lost a page at ${text}`, {
    details: pages.slice(0, 3).map((page) => `lost: ${page.address}`),
    next: "majek-lab blame --format csv lists all",
  });
}

/** What people see. @throws LabError "usage" where the view names what is not there */
export function blameTable(result: BlameResult, view: BlameView): string {
  if (view.page !== undefined) return pageLines(result, findPage(result, view.page)).join("\n");
  const chosen = chosenBy(result, view.worker);
  if (view.whatIf !== undefined) return whatIfLines(result, view.whatIf, chosen).join("\n");
  const by = (nameOf: (subject: Subject) => string): Share[] => sharesBy(result, nameOf, chosen);
  const { top } = view;
  return [
    ...heading(result, chosen),
    ...table(
      "by cause",
      by(({ cause }) => cause),
      top,
      result.pageSize,
    ),
    ...table(
      "by class, table or library",
      by(({ type }) => type),
      top,
      result.pageSize,
    ),
    ...table(
      "by module",
      by(({ module }) => module),
      top,
      result.pageSize,
    ),
    ...table(
      "by place",
      by((subject) => [subject.cause, subject.type, homeOf(subject)].filter((part) => part !== "").join("  ")),
      top,
      result.pageSize,
    ),
  ].join("\n");
}

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A row for every page, process and subject. */
export function blameCsv(result: BlameResult, view: BlameView): string {
  const chosen = chosenBy(result, view.worker);
  const pages = view.page === undefined ? result.pages : [findPage(result, view.page)];
  const fixed = view.whatIf === undefined ? () => true : matcher(view.whatIf);
  const rows = pages.flatMap(({ address, mapping, verdicts }) =>
    verdicts.flatMap(({ processes, subjects }) =>
      processes.filter(chosen).flatMap((index) =>
        subjects
          .filter((one) => fixed(result.subjects[one] as Subject))
          .map((one) => {
            const { cause, type, module, example } = result.subjects[one] as Subject;
            const { pid = "" } = result.processes[index] ?? {};
            const only = subjects.length === 1 ? 1 : 0;
            return [result.variant, pid, address, mapping, cause, type, module, example, only]
              .map((cell) => quoted(String(cell)))
              .join(",");
          }),
      ),
    ),
  );
  return ["variant,pid,address,mapping,cause,type,module,example,only", ...rows].join("\n");
}
