import { listFleets } from "../fleet/find.js";
import { readLock } from "../lock/file.js";
import { lockState } from "../lock/state.js";
import { missingFiles, wantedFiles } from "../lock/wanted.js";
import { type Lab, workersOf } from "../model/spec.js";
import { count, megabytes, span } from "../report/numbers.js";
import { type Forecast, forecast } from "./forecast.js";
import { type Bench, lockRequest, planFrom } from "./inputs.js";
import type { UpOptions } from "./options.js";
import { verdictFirst } from "./select.js";

type Line = readonly [title: string, text: string];

const list = (names: readonly string[]): string => names.join(", ") || "nothing";

/** Where the lock must be resolved first: what is built and kept depends on what that finds. */
async function unknownLines(bench: Bench, { spec }: Lab): Promise<Line[]> {
  const fleets = await listFleets(bench.engine, { lab: spec.name });
  return [
    ["download", "known when the lock is resolved"],
    ["to build", "known when the lock is resolved"],
    ["to start", list(verdictFirst(spec))],
    ["there now", fleets.map(({ variant, status }) => `${variant} (${status})`).join(", ") || "no fleet"],
  ];
}

function forecastLines({ built, cached, present, loaded, kept, replaced, started }: Forecast): Line[] {
  return [
    ["to build", list(built)],
    ["in store", list(cached)],
    ["to load", list(loaded)],
    ["on engine", list(present)],
    ["to replace", list(replaced.map(({ variant, why }) => `${variant} (${why})`))],
    ["to keep", list(kept)],
    ["to start", list(started)],
  ];
}

/** `up --dry-run`: what would be downloaded, built, replaced and started. Changes nothing. */
export async function describePlan(bench: Bench, lab: Lab, options: UpOptions): Promise<string> {
  const { spec } = lab;
  const request = await lockRequest(bench, lab);
  const lock = await readLock(lab.lockFile);
  const state = lockState(lock, request);
  const block = lock?.platforms[request.platform];
  const lines: Line[] = [
    ["lab", `${spec.name} (${lab.directory})`],
    ["lock", state],
  ];
  if (state !== "current" || lock === undefined || block === undefined) {
    lines.push(...(await unknownLines(bench, lab)));
  } else {
    const inputs = { platform: request.platform, lock: block, reResolved: [] };
    const planned = await planFrom(bench, lab, lock, inputs);
    const expected = await forecast(bench, planned, options);
    // Images that are there need no inputs; any other makes `up` bring them all.
    const needed = expected.built.length + expected.loaded.length > 0 ? wantedFiles(block) : [];
    const missing = await missingFiles(bench.store, needed);
    const bytes = missing.reduce((sum, { size }) => sum + size, 0);
    lines.push(["download", `${count(missing.length)} files, ${megabytes(bytes)} MB`]);
    lines.push(...forecastLines(expected));
  }
  const { requestsPerWorker, checkpoints } = spec.load;
  lines.push(
    ["fleets", `${span(spec.variants.map((variant) => workersOf(spec, variant)))} workers each`],
    ["measure", `${count(requestsPerWorker)} requests per worker, at ${checkpoints.join(", ")}`],
    ["results", `${options.results}/${spec.name}/`],
  );
  return lines.map(([title, text]) => `${title.padEnd(10)}  ${text}`).join("\n");
}
