import { LabError } from "../model/errors.js";
import { readTar } from "../system/tar.js";
import { fileAddress } from "./apt.js";
import type { LockContext } from "./context.js";
import type { SeedSession } from "./session.js";
import { batches, type WantedFile } from "./wanted.js";

export const DOWNLOAD_SCRIPTS = ["download.py"];

const OUT = "/lab/out";
const BATCH_BYTES = 48 * 1024 * 1024;

/** A line of download.py. */
interface Report {
  readonly id: string;
  readonly status: "ok" | "gone" | "failed";
  readonly reason?: string;
}

/** Called for each file that has arrived in the seed. */
export type OnFile = (file: WantedFile) => void;

function item(file: WantedFile, mirror: string): Record<string, string> {
  const id = file.sha256;
  if (file.from.kind !== "python") return { id, url: fileAddress(mirror, file.from.entry) };
  return { id, project: file.from.entry.name, file: file.file };
}

function failed(file: WantedFile, report: Report): LabError {
  return new LabError("input", `${file.file} could not be downloaded: ${report.reason ?? "no reason given"}`, {
    where: file.file,
    next: "run the command again; check the network, the proxy variables and MAJEK_LAB_DEBIAN_MIRROR",
  });
}

/** Moves what has arrived into the store, which checks it. Good files are kept before a bad one is reported. */
async function keep(context: LockContext, session: SeedSession, files: ReadonlyMap<string, WantedFile>): Promise<void> {
  await readTar(await session.get(OUT), async (header, content) => {
    const file = files.get(header.name.split("/").pop() ?? "");
    if (file === undefined || header.type !== "file") return;
    await context.store.put(content, { sha256: file.sha256, size: file.size, name: file.file });
  });
}

async function downloadBatch(
  context: LockContext,
  session: SeedSession,
  files: readonly WantedFile[],
  mirror: string,
  onFile: OnFile,
): Promise<Report[]> {
  const byId = new Map(files.map((file) => [file.sha256, file]));
  const content = JSON.stringify(files.map((file) => item(file, mirror)));
  await session.put([{ type: "file", name: "lab/list.json", mode: 0o644, content }]);
  const reports: Report[] = [];
  await session.run("downloading", ["python3", "/lab/download.py", "/lab/list.json", OUT], (line) => {
    if (!line.startsWith("{")) return;
    const report = JSON.parse(line) as Report;
    reports.push(report);
    const file = byId.get(report.id);
    if (file !== undefined && report.status === "ok") onFile(file);
  });
  await keep(context, session, byId);
  await session.run("clearing the seed", ["rm", "-r", OUT]);
  return reports;
}

/**
 * Downloads files inside the seed and puts them into the store.
 * @returns files that the mirror or the package index no longer has
 * @throws LabError "input" naming the file that arrived altered, cut or not at all
 */
export async function download(
  context: LockContext,
  session: SeedSession,
  files: readonly WantedFile[],
  mirror: string,
  onFile: OnFile,
): Promise<WantedFile[]> {
  const gone: WantedFile[] = [];
  for (const batch of batches(files, BATCH_BYTES)) {
    const reports = new Map((await downloadBatch(context, session, batch, mirror, onFile)).map((r) => [r.id, r]));
    for (const file of batch) {
      const report = reports.get(file.sha256) ?? { id: file.sha256, status: "failed" };
      if (report.status === "failed") throw failed(file, report);
      if (report.status === "gone") gone.push(file);
    }
  }
  return gone;
}
