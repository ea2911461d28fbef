// Speed, as ratios of interleaved runs: what the seal costs in throughput, and what the probe costs in processor time.
// Usage: node scripts/bench.mjs [--pairs 5] [--requests 1000]
import { execFileSync, spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { pairs: { type: "string", default: "5" }, requests: { type: "string", default: "1000" } } });

/** One pass per line: preload, then seal, then preload again, ... */
function throughputPairs() {
  const args = ["dist/cli/main.js", "run", "django-8workers", "--variant", "preload", "--variant", "seal"];
  args.push("--repeats", values.pairs, "--requests", values.requests, "--format", "json");
  const output = execFileSync("node", args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 28 });
  return output
    .split(/^(?=\{)/m)
    .filter((text) => text.trim() !== "")
    .map((text) => JSON.parse(text).variants)
    .map(({ preload, seal }) => seal.checkpoints.at(-1).throughput / preload.checkpoints.at(-1).throughput);
}

/** Geometric mean with a two-sided 95 % interval from Student's t over the logarithms of the ratios. */
function interval(ratios) {
  const quantile = [0, 12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262][ratios.length - 1] ?? 2.1;
  const logs = ratios.map(Math.log);
  const mean = logs.reduce((sum, x) => sum + x, 0) / logs.length;
  const variance = logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(logs.length - 1, 1);
  const half = quantile * Math.sqrt(variance / logs.length);
  return [Math.exp(mean - half), Math.exp(mean), Math.exp(mean + half)];
}

const ratios = throughputPairs();
const [low, middle, high] = interval(ratios).map((x) => x.toFixed(3));
console.log(`throughput seal / preload: ${middle} (95 % interval ${low} to ${high}), pairs ${ratios.map((x) => x.toFixed(3)).join(" ")}`);

const probe = spawnSync("make", ["-s", "-C", "guest/probe", "bench"], { stdio: "inherit" });
process.exitCode = probe.status ?? 1;
