import type { RunResult } from "../model/run.js";
import { allWarnings, costTitle, extent, summaryRows } from "./rows.js";
import type { RunReport } from "./run-report.js";
import { shellCommand } from "./shell-command.js";
import { headline, verdictSentence } from "./verdict.js";

/** Text in which a line break would end a heading or an item. */
const line = (text: string): string => text.replaceAll(/\s*\n\s*/g, " ");

/** A cell cannot hold the column mark or a line break. */
function cell(text: string): string {
  return line(text.replaceAll("|", "\\|"));
}

/** Code that may hold the mark of code itself. */
function code(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** A table of GitHub's Markdown. */
export function grid(
  titles: readonly string[],
  aligns: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [row(titles), row(aligns), ...rows.map(row)];
}

function summary(report: RunReport): string[] {
  const titles = [
    "variant",
    "requests/worker",
    costTitle(report.run),
    `x ${report.run.spec.baseline}`,
    "still shared",
    "copied MB",
    "req/s",
    "p50 ms",
    "p99 ms",
  ];
  const rows = summaryRows(report).map((row) => [
    row.best ? `**${row.variant}**` : row.variant,
    row.requests,
    row.best ? `**${row.fleet}**` : row.fleet,
    row.relative,
    row.shared,
    row.lost,
    row.throughput,
    row.p50,
    row.p99,
  ]);
  return grid(titles, ["---", ...titles.slice(1).map(() => "---:")], rows);
}

function expectations(run: RunResult): string[] {
  if (run.expectations.length === 0) return [];
  const rows = run.expectations.map(({ status, expression, explanation }) => [
    status,
    `\`${expression}\``,
    explanation,
  ]);
  return ["", "### Expectations", "", ...grid(["status", "expectation", "why"], ["---", "---", "---"], rows)];
}

function origin({ provenance: { host, engine, inputs, labHash, lockHash, command } }: RunResult): string[] {
  const machine = `${host.cpu}, ${host.cpus} CPUs, kernel ${host.kernel}; ${engine.name} ${engine.version}`;
  return [
    "",
    "### Origin",
    "",
    `- Machine: ${machine}`,
    `- Transparent huge pages: ${host.thp}; KSM: ${host.ksm}; swap: ${host.swapBytes === 0 ? "none" : "present"}`,
    `- Inputs: ${inputs}; lab ${labHash.slice(0, 12)}, lock ${lockHash.slice(0, 12)}`,
    `- Command: ${code(shellCommand(command))}`,
  ];
}

/** The run as a Markdown section, for an issue or a pull request. */
export function markdown(report: RunReport): string {
  const { run, comparisons } = report;
  const lead = headline(comparisons);
  const warnings = allWarnings(run);
  const lines = [
    `## ${line(run.spec.title)}`,
    "",
    ...(lead === undefined ? [] : [`**${verdictSentence(lead)}**`, ""]),
    `${run.lab}: ${extent(run)}; run \`${run.id}\`${run.status === "partial" ? ", partial" : ""}`,
    "",
    ...summary(report),
    ...expectations(run),
    ...(warnings.length === 0 ? [] : ["", "### Warnings", "", ...warnings.map((text) => `- ${line(text)}`)]),
    ...origin(run),
  ];
  return `${lines.join("\n")}\n`;
}
