// Keeps a sealed fleet under load for two hours. Exit code 1: a wrong answer, a worker that died, or memory that grew
// after the first minutes. A line for each sample goes to stdout as it comes.
// Usage: node scripts/soak.mjs [--lab django-8workers] [--variant seal] [--seconds 7200]
// MAJEK_LAB_SOAK_SECONDS does what --seconds does; 600 is the short form.
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createLoad } from "../dist/fleet/load/load.js";
import { compileMasks, References } from "../dist/fleet/load/references.js";
import { startFleet } from "../dist/fleet/start.js";
import { measureVariant } from "../dist/measure/variant.js";
import { buildImages } from "../dist/pipeline/images.js";
import { openBench, openLab, planWithInputs, withLabLock } from "../dist/pipeline/inputs.js";
import { selectLab } from "../dist/pipeline/select.js";
import { createReporter } from "../dist/report/reporter.js";
import { newRunId } from "../dist/results/ids.js";
import { steadyGrowth } from "../dist/results/steady.js";
import { readEnvironment } from "../dist/system/env.js";

/** Growth, as a fraction, that a fleet may show once it has settled. */
const MOST_GROWTH = 0.01;

const { values } = parseArgs({
  options: {
    lab: { type: "string", default: "django-8workers" },
    variant: { type: "string", default: "seal" },
    seconds: { type: "string", default: process.env.MAJEK_LAB_SOAK_SECONDS || "7200" },
  },
});
const duration = Number(values.seconds);
if (!(duration >= 60)) throw new Error(`--seconds: expected 60 or more, got ${values.seconds}`);
/** "The first minutes", in seconds: five, or a fifth of a short form. */
const settling = Math.min(300, duration / 5);
/** And so many requests per worker, however slow the machine is: until then workers still fill caches of their own. */
const SETTLING_REQUESTS = 500;

const environment = readEnvironment();
const interruption = new AbortController();
for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => interruption.abort(new Error(`stopped by ${name}`)));
const workspace = {
  environment,
  packageRoot: resolve(dirname(fileURLToPath(import.meta.url)), ".."),
  workingDirectory: process.cwd(),
  interrupts: { signal: interruption.signal, onSecond() {} },
  argv: ["soak", ...process.argv.slice(2)],
  progress: () => createReporter("plain", environment),
};

/** Requests per worker at which to sample: decided on the way, so that about a hundred samples fit into the time. */
function* targets(state) {
  yield 0;
  let target = 10;
  while (state.seconds() < duration) {
    yield target;
    const perSecond = target / Math.max(state.seconds(), 1);
    target += Math.max(Math.round((perSecond * duration) / 100), 1);
  }
}

const mb = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const percent = (fraction) => `${(100 * fraction).toFixed(2)} %`;

function show(seconds, { requestsPerWorker, sharedFraction, fleetBytes, idealBytes, newBytes, failed }, rss) {
  const shared = sharedFraction === null ? "" : `, ${percent(sharedFraction.mean)} shared`;
  const ideal = `${(fleetBytes / idealBytes).toFixed(3)} x ideal`;
  console.log(
    `${seconds.toFixed(0)} s: ${requestsPerWorker} requests per worker${shared}, fleet ${mb(fleetBytes)} (${ideal}), new ${mb(newBytes)}, RSS of workers ${mb(rss)}, ${failed} failed`,
  );
}

async function soak(fleet, spec) {
  const subject = { variant: values.variant, port: fleet.port, workers: fleet.workers, maxRequests: spec.fleet.maxRequests };
  const load = createLoad(subject, spec.load, new References(compileMasks(spec.load.mask)), interruption.signal);
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const series = { "fleet bytes": [], "RSS of workers": [] };
  let settled = Number.POSITIVE_INFINITY;
  const checkpoint = async (point) => {
    const rss = point.workers.reduce((sum, worker) => sum + worker.rss, 0);
    series["fleet bytes"].push({ seconds: seconds(), bytes: point.fleetBytes });
    series["RSS of workers"].push({ seconds: seconds(), bytes: rss });
    if (point.requestsPerWorker >= SETTLING_REQUESTS) settled = Math.min(settled, Math.max(seconds(), settling));
    show(seconds(), point, rss);
  };
  const request = { fleet, load, checkpoints: targets({ seconds }), preload: true, workers: spec.fleet.workers };
  const { checkpoints, warnings } = await measureVariant(request, { checkpoint });
  for (const warning of warnings) console.error(warning);
  return { series, settled, failed: checkpoints.at(-1).failed };
}

/** What is wrong after the soak; nothing for a fleet that is steady. */
function problems({ series, settled, failed }) {
  const found = failed > 0 ? [`${failed} requests failed`] : [];
  if (settled === Number.POSITIVE_INFINITY) return [...found, `fewer than ${SETTLING_REQUESTS} requests per worker: take more time`];
  for (const [name, samples] of Object.entries(series)) {
    const growth = steadyGrowth(samples, settled);
    if (growth === null) {
      found.push(`${name}: too few samples`);
      continue;
    }
    console.log(`${name}: ${growth < 0 ? "" : "+"}${percent(growth)} after the first ${settled.toFixed(0)} s`);
    if (growth > MOST_GROWTH) found.push(`${name} grew by more than ${percent(MOST_GROWTH)}`);
  }
  return found;
}

const bench = await openBench(workspace);
const whole = await openLab(workspace, values.lab);
const lab = selectLab(whole, { variant: [values.variant] }, whole.spec.load.requestsPerWorker);
await withLabLock(bench, lab.spec.name, async () => {
  const built = await buildImages(bench, await planWithInputs(bench, lab, {}));
  const request = {
    spec: lab.spec,
    variant: built.plan.variants[0],
    run: newRunId(new Date()),
    owner: environment.owner,
    configHash: "soak",
    results: join(tmpdir(), "none"),
    probeImage: built.probe.tag,
    waitTimeoutSeconds: 300,
  };
  const fleet = await startFleet(bench.engine, request, interruption.signal);
  try {
    const found = problems(await soak(fleet, lab.spec));
    for (const problem of found) console.error(`soak: ${problem}`);
    process.exitCode = found.length === 0 ? 0 : 1;
  } finally {
    await fleet.stop();
  }
});
bench.progress.close();
