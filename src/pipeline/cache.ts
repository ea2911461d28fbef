import { busyLabs, requireIdle } from "../fleet/lock.js";
import { LabError } from "../model/errors.js";
import { alignColumns } from "../report/columns.js";
import { count, megabytes } from "../report/numbers.js";
import { openStore, type Store } from "../system/store.js";
import type { Workspace } from "./workspace.js";

/** `cache ls`: what the content store holds, largest last. */
export async function cacheList(workspace: Workspace, format: "table" | "json"): Promise<string> {
  const store = openStore(workspace.environment);
  const entries = await store.list();
  if (format === "json") return JSON.stringify({ schemaVersion: 1, root: store.root, entries }, null, 2);
  const rows = [...entries]
    .sort((a, b) => a.size - b.size)
    .map((entry) => [
      entry.kind,
      entry.key.slice(0, 16),
      megabytes(entry.size),
      new Date(entry.lastUsed * 1000).toISOString(),
    ]);
  const columns = [
    { title: "kind", align: "left" as const },
    { title: "key", align: "left" as const },
    { title: "MB", align: "right" as const },
    { title: "last used", align: "left" as const },
  ];
  const total = entries.reduce((sum, entry) => sum + entry.size, 0);
  return [
    ...alignColumns(columns, rows),
    `${count(entries.length)} entries, ${megabytes(total)} MB in ${store.root}`,
  ].join("\n");
}

/** The content store, while no command works with it: a build would lose what it is made from. */
async function idleStore({ environment }: Workspace): Promise<Store> {
  requireIdle(await busyLabs(environment.cacheDir));
  return openStore(environment);
}

/**
 * `cache prune`: removes what was not used lately.
 * @throws LabError "failed" while a lab is at work
 */
export async function cachePrune(workspace: Workspace, options: { olderThan: number; all?: boolean }): Promise<string> {
  const store = await idleStore(workspace);
  const report = await store.prune(options.all ? { all: true } : { olderThanDays: options.olderThan });
  return `removed ${count(report.removed)} entries and ${count(report.leftovers)} leftovers, ${megabytes(report.freedBytes)} MB`;
}

/**
 * `cache verify`: hashes everything; altered entries are removed and named.
 * @throws LabError "input" (exit 9) when something was altered, "failed" while a lab is at work
 */
export async function cacheVerify(workspace: Workspace): Promise<string> {
  const { checked, bad } = await (await idleStore(workspace)).verify();
  if (bad.length === 0) return `${count(checked)} entries checked, none altered`;
  throw new LabError(
    "input",
    `${count(bad.length)} of ${count(checked)} entries were altered; they have been removed`,
    {
      details: bad.map((entry) => `${entry.kind} ${entry.key}`),
      next: "run the command again that needs them: it downloads or makes them anew",
    },
  );
}
