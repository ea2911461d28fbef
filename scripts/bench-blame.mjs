// What blame costs where much is to be blamed: 64 workers of 500 MB, each of which has written to one page in twenty and more.
// Usage: node scripts/bench-blame.mjs [--workers 64]
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readEvents } from "../dist/results/events-file.js";

/** Seconds. */
const LIMIT = 60;

const { values } = parseArgs({ options: { workers: { type: "string", default: "64" } } });
const folder = mkdtempSync(join(tmpdir(), "majek-lab-bench-blame-"));
const cli = (...args) =>
  execFileSync("node", ["dist/cli/main.js", ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
try {
  const lab = join(folder, "bench-blame");
  cpSync("scripts/bench-blame/lab.yaml", join(lab, "lab.yaml"));
  cpSync("scripts/bench-blame/heap.py", join(lab, "app/heap.py"));
  // The same packages: nothing is resolved.
  cpSync("labs/cow-anatomy/lab.lock", join(lab, "lab.lock"));
  const { id } = JSON.parse(cli("run", lab, "--workers", values.workers, "--results", folder, "--format", "json"));
  const events = await readEvents(join(folder, "bench-blame", id));
  const { lostPages, namedFraction, seconds } = events.find(({ event }) => event === "blame");
  const all = seconds.saving + seconds.reading + seconds.analysing;
  const parts = `${seconds.saving.toFixed(1)} saving, ${seconds.reading.toFixed(1)} reading, ${seconds.analysing.toFixed(1)} analysing`;
  console.log(
    `blaming ${lostPages} lost pages of ${values.workers} workers of 500 MB: ${all.toFixed(1)} s (${parts}; limit ${LIMIT} s), ${(namedFraction * 100).toFixed(1)} % named`,
  );
  if (all > LIMIT) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
