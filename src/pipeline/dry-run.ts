import { listFleets } from "../fleet/find.js";
import { readLock } from "../lock/file.js";
import { lockState } from "../lock/state.js";
import { missingFiles, wantedFiles } from "../lock/wanted.js";
import type { Lab } from "../model/spec.js";
import { count, megabytes } from "../report/numbers.js";
import { type Bench, lockRequest } from "./inputs.js";
import type { UpOptions } from "./options.js";
import { verdictFirst } from "./select.js";

/** `up --dry-run`: what would be downloaded, built, started and replaced. Changes nothing. */
export async function describePlan(bench: Bench, lab: Lab, options: UpOptions): Promise<string> {
  const { spec } = lab;
  const request = await lockRequest(bench, lab);
  const lock = await readLock(lab.lockFile);
  const block = lock?.platforms[request.platform];
  const missing = block === undefined ? [] : await missingFiles(bench.store, wantedFiles(block));
  const bytes = missing.reduce((sum, { size }) => sum + size, 0);
  const fleets = await listFleets(bench.engine, { lab: spec.name });
  const interpreters = [...new Set(spec.variants.map(({ python }) => python))];
  return [
    `lab        ${spec.name} (${lab.directory})`,
    `lock       ${lockState(lock, request)}`,
    `download   ${count(missing.length)} files, ${megabytes(bytes)} MB`,
    `images     base, Python ${interpreters.join(" and ")}, application, probe (what is in the store is not built again)`,
    `fleets     ${verdictFirst(spec).join(", ")}: ${count(spec.fleet.workers)} workers each`,
    `load       ${count(spec.load.requestsPerWorker)} requests per worker, measured at ${spec.load.checkpoints.join(", ")}`,
    `there now  ${fleets.map(({ variant, status }) => `${variant} (${status})`).join(", ") || "no fleet"}`,
    `results    ${options.results}/${spec.name}/`,
  ].join("\n");
}
