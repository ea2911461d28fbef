// Instructions per request of the lab's own mix, counted by callgrind inside the lab's own images: a machine's noise does
// not reach them. Counts of two runs are subtracted, so that start, import, warm-up and seal drop out.
// Usage: node scripts/bench-instructions.mjs [--lab django-8workers] [--warmup 100] [--requests 100]
// The lab's images must be there (majek-lab build); the engine must reach a Debian mirror, for valgrind.
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connectEngine } from "../dist/docker/connect.js";
import { ensureSeed } from "../dist/lock/seed.js";
import { withSeed } from "../dist/lock/session.js";
import { fleetEnvironment } from "../dist/plan/environment.js";
import { loadLab } from "../dist/spec/load.js";
import { readEnvironment } from "../dist/system/env.js";
import { packTar } from "../dist/system/tar.js";

const { values } = parseArgs({
  options: {
    lab: { type: "string", default: "django-8workers" },
    warmup: { type: "string", default: "100" },
    requests: { type: "string", default: "100" },
  },
});
const here = dirname(fileURLToPath(import.meta.url));
const environment = readEnvironment();
const engine = await connectEngine(environment);
const progress = {
  step: (title) => (console.error(title), { update() {}, done() {}, fail() {} }),
  note: console.error,
  warn: console.error,
};

/** valgrind as a tar that unpacks to /v: taken from the mirror each time, so that nothing of it enters an image. */
async function valgrind(use) {
  const image = await ensureSeed(engine, environment, progress);
  const fetch = "cd /lab && apt-get -q update && apt-get -q download valgrind && dpkg-deb --extract valgrind_*.deb /v";
  return withSeed({ engine, environment }, { image, network: "default", scripts: [] }, async (session) => {
    await session.run("fetching valgrind", ["sh", "-c", fetch]);
    return use(await session.get("/v"));
  });
}

/** One count: everything up to `requests` further requests, in a container of the variant's image. */
async function count(container, variables, requests) {
  const command = ["/v/usr/bin/valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "/opt/python/bin/python3", "/v/instructions.py", requests];
  const env = { ...variables, VALGRIND_LIB: "/v/usr/libexec/valgrind", MAJEK_LAB_RUN_DIR: "/tmp" };
  const { exitCode, stdout, stderr } = await container.exec({ command, env });
  const collected = /Collected : (\d+)/.exec(stderr)?.[1];
  if (exitCode !== 0 || collected === undefined) throw new Error(`exit code ${exitCode}\n${stdout}\n${stderr}`);
  return Number(collected);
}

/** Instructions per request of one arm. */
async function measure({ python, beforeFork }, spec) {
  const plan = { name: "bench", python, preload: true, beforeFork, warmup: Number(values.warmup) };
  const variables = fleetEnvironment(spec, plan);
  const container = await engine.containers.create({
    image: `localhost/majek-lab/${spec.name}:${python.replace("+", "-")}`,
    command: ["sleep", "3600"],
    labels: { "org.majek-lab.lab": "", "org.majek-lab.role": "bench", "org.majek-lab.owner": environment.owner },
    network: "none",
    user: "0:0",
  });
  try {
    await container.start();
    await valgrind((tar) => container.putArchive("/", tar));
    const content = await readFile(join(here, "instructions.py"));
    await container.putArchive("/v", packTar([{ type: "file", name: "instructions.py", mode: 0o644, content }]));
    const few = await count(container, variables, "20");
    const many = await count(container, variables, String(20 + Number(values.requests)));
    return (many - few) / Number(values.requests);
  } finally {
    await container.remove();
  }
}

const { spec } = await loadLab(resolve(here, "../labs", values.lab));
/** `most`: what an arm may cost, as a multiple of stock. */
const arms = {
  stock: { python: "3.13", beforeFork: [], most: 1 },
  "patched, not sealed": { python: "3.13+majek", beforeFork: [], most: 1.005 },
  "patched, sealed": { python: "3.13+majek", beforeFork: ["seal"], most: 1.01 },
};
let stock;
console.log(`instructions per request (${spec.name}, ${values.warmup} requests of warm-up, ${values.requests} counted)`);
for (const [name, arm] of Object.entries(arms)) {
  const instructions = await measure(arm, spec);
  stock ??= instructions;
  const ratio = instructions / stock;
  const verdict = ratio > arm.most ? `, MORE THAN ${arm.most}` : "";
  if (verdict !== "") process.exitCode = 1;
  console.log(`${name.padEnd(20)} ${Math.round(instructions).toLocaleString("en").padStart(12)}  ${ratio.toFixed(4)} x stock${verdict}`);
}
