// Speed, as ratios of interleaved runs: what the seal costs in throughput and in instructions, what looking at the
// fleets meanwhile and blaming their lost pages cost, and what assembling an image and the probe cost in processor time.
// Usage: node scripts/bench.mjs [--pairs 5] [--requests 1000]
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readEvents } from "../dist/results/events-file.js";
import { throughputRatio } from "../dist/results/statistics.js";
import { liveCost } from "./live-cost.mjs";

/** What a seal may cost in throughput. Where noise hides that, instructions per request decide, and the exit code with them. */
const WANTED = 0.97;

/** What looking at a fleet may take of one core, and seconds that blaming its lost pages may take. */
const LIVE = 0.01;
const BLAME = 3;

const { values } = parseArgs({ options: { pairs: { type: "string", default: "5" }, requests: { type: "string", default: "1000" } } });

/** One pass per line: preload, then seal, then preload again, ... */
function throughputPairs() {
  const args = ["dist/cli/main.js", "run", "django-8workers", "--variant", "preload", "--variant", "seal"];
  args.push("--repeats", values.pairs, "--requests", values.requests, "--format", "json");
  const output = execFileSync("node", args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 28 });
  return output
    .split(/^(?=\{)/m)
    .filter((text) => text.trim() !== "")
    .map((text) => JSON.parse(text));
}

const runs = throughputPairs();
const { ratio, low, high, pairs } = throughputRatio(runs, "seal", "preload");
console.log(`throughput seal / preload: ${ratio.toFixed(3)} (95 % interval ${low.toFixed(3)} to ${high.toFixed(3)}, ${pairs} pairs)`);
if (low < WANTED) console.log(`its lower bound is below ${WANTED}: the noise of this machine, unless the instructions below say otherwise`);
for (const { variants } of runs) {
  const [seal, preload] = [variants.seal, variants.preload].map(({ checkpoints }) => checkpoints.at(-1).throughput);
  console.log(`  last leg: ${seal.toFixed(1)} / ${preload.toFixed(1)} = ${(seal / preload).toFixed(3)}`);
}

const events = await Promise.all(runs.map(({ lab, id }) => readEvents(join("results", lab, id))));
for (const variant of ["preload", "seal"]) {
  const { samples, milliseconds, tool, share } = liveCost(events, variant);
  console.log(
    `looking at ${variant}: ${(share * 100).toFixed(2)} % of one core (limit ${LIVE * 100} %), ${samples} samples of ${milliseconds.toFixed(1)} ms in the probe and ${tool.toFixed(1)} ms in the tool (medians)`,
  );
  if (share > LIVE) process.exitCode = 1;
  const blamed = events.flat().filter((event) => event.event === "blame" && event.variant === variant);
  const seconds = blamed.map(({ seconds: { saving, reading, analysing } }) => saving + reading + analysing).sort((a, b) => a - b);
  const middle = seconds[Math.floor(seconds.length / 2)];
  console.log(`blaming ${variant}: ${middle?.toFixed(2)} s (median of ${seconds.length}, limit ${BLAME} s)`);
  if (middle > BLAME) process.exitCode = 1;
}

const others = [
  ["node", ["scripts/bench-assemble.mjs"]],
  ["node", ["scripts/bench-blame.mjs"]],
  ["node", ["scripts/bench-instructions.mjs"]],
  ["make", ["-s", "-C", "guest/probe", "bench"]],
];
for (const [command, args] of others) {
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
