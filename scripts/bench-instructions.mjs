// Instructions per request of the lab's own mix, counted by callgrind inside the lab's own images: a machine's noise does
// not reach them. Start, import, warm-up and seal are no part of them.
// With --kernels, those of cpython-patch/suite/kernels.py too, and one table of all (make bench-patch).
// With --rungs, of each level of the seal instead, or of those named: the column of the ladder in cpython-patch/README.md.
// Usage: node scripts/bench-instructions.mjs [--lab django-8workers] [--warmup 100] [--requests 100] [--kernels | --rungs [RUNG...]]
// The lab's images must be there (majek-lab build); the engine must reach a Debian mirror, for valgrind.
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connectEngine } from "../dist/docker/connect.js";
import { ensureSeed } from "../dist/lock/seed.js";
import { withSeed } from "../dist/lock/session.js";
import { fleetEnvironment } from "../dist/plan/environment.js";
import { loadLab } from "../dist/spec/load.js";
import { readEnvironment } from "../dist/system/env.js";
import { packTar } from "../dist/system/tar.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    lab: { type: "string", default: "django-8workers" },
    warmup: { type: "string", default: "100" },
    requests: { type: "string", default: "100" },
    kernels: { type: "boolean", default: false },
    rungs: { type: "boolean", default: false },
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

/** Runs a command under the variables given. @returns what it wrote */
async function exec(container, command, variables) {
  const env = { ...variables, VALGRIND_LIB: "/v/usr/libexec/valgrind", PATH: "/v/usr/bin:/opt/python/bin:/usr/bin:/bin" };
  const { exitCode, stdout, stderr } = await container.exec({ command, env });
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}\n${stdout}\n${stderr}`);
  return { stdout, stderr };
}

/** Instructions per request, after a warm-up; without one, of the very first requests. */
async function perRequest(container, { python, beforeFork }, warmup) {
  const variables = fleetEnvironment(spec, { name: "bench", python, preload: true, beforeFork, warmup });
  const first = warmup === 0 ? 0 : 20;
  // callgrind writes a part at each os.getpgrp(); the second is that of the requests that count.
  const tool = "valgrind --tool=callgrind --callgrind-out-file=/tmp/part --dump-before=os_getpgrp";
  const script = `${tool} /opt/python/bin/python3 /v/scripts/instructions.py ${first} ${values.requests} && grep ^totals: /tmp/part.2`;
  const { stdout, stderr } = await exec(container, ["sh", "-c", script], { ...variables, MAJEK_LAB_RUN_DIR: "/tmp" });
  const collected = /^totals: (\d+)/m.exec(stdout)?.[1];
  if (collected === undefined) throw new Error(stderr);
  return Math.round(Number(collected) / Number(values.requests));
}

/** Counts of one arm by mix: the lab's and, where asked for, the kernels'. */
async function measure(container, name, arm) {
  const counts = {};
  for (const mix of values.kernels ? ["warm", "cold", "shifted"] : ["warm"]) {
    console.error(`${name}, ${mix}`);
    const found = {};
    if (values.kernels) {
      const command = ["python3", "/v/bin/instructions", "count", "/opt/python/bin/python3", arm.seal, mix];
      Object.assign(found, JSON.parse((await exec(container, command, {})).stdout));
    }
    if (mix !== "shifted") found[MIX] = await perRequest(container, arm, mix === "warm" ? Number(values.warmup) : 0);
    counts[`${name}, ${mix}`] = found;
  }
  return counts;
}

/** Starts a container of the arm's image, with valgrind and what it is to count. */
async function withContainer(python, use) {
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
    const files = { "scripts/instructions.py": here, "bin/instructions": patch, "suite/kernels.py": patch };
    const entries = Object.entries(files).map(async ([name, folder]) => {
      const content = await readFile(join(folder, folder === here ? basename(name) : name));
      return { type: "file", name, mode: 0o644, content };
    });
    await container.putArchive("/v", packTar(await Promise.all(entries)));
    return await use(container);
  } finally {
    await container.remove();
  }
}

const { spec } = await loadLab(resolve(here, "../labs", values.lab));
const patch = resolve(here, "../cpython-patch");
const MIX = "Django mix, one request";
/** `seal`: what suite/kernels.py does; bin/instructions knows what each arm may cost. */
const arms = {
  stock: { python: "3.13", beforeFork: [], seal: "-" },
  unsealed: { python: "3.13+majek", beforeFork: [], seal: "-" },
  sealed: { python: "3.13+majek", beforeFork: ["seal"], seal: "frozen" },
  hot: { python: "3.13+majek", beforeFork: ["seal-hot"], seal: "hot" },
};
/** Rungs of the ladder, as the lab seal-ladder names them. */
const rungs = {
  preload: arms.stock,
  freeze: { python: "3.13", beforeFork: ["freeze"] },
  counts: { python: "3.13+majek", beforeFork: ["seal-counts"] },
  caches: { python: "3.13+majek", beforeFork: ["seal-caches"] },
  arenas: { python: "3.13+majek", beforeFork: ["seal-arenas"] },
  seal: arms.sealed,
  hot: arms.hot,
};

async function printRungs() {
  console.log("| | million instructions | / the first |\n|---|---|---|");
  let first = null;
  for (const name of positionals.length > 0 ? positionals : Object.keys(rungs)) {
    console.error(name);
    const arm = rungs[name];
    const found = await withContainer(arm.python, (container) => perRequest(container, arm, Number(values.warmup)));
    first ??= found;
    console.log(`| \`${name}\` | ${(found / 1e6).toFixed(2)} | ${(found / first).toFixed(4)} |`);
  }
}

async function printArms() {
  const table = {};
  for (const [name, arm] of Object.entries(arms)) {
    Object.assign(table, await withContainer(arm.python, (container) => measure(container, name, arm)));
  }
  const { status } = spawnSync("python3", [join(patch, "bin/instructions"), "table"], {
    input: JSON.stringify(table),
    stdio: ["pipe", "inherit", "inherit"],
  });
  return status ?? 1;
}

console.log(`instructions (${spec.name}, ${values.warmup} requests of warm-up, ${values.requests} counted)\n`);
if (values.rungs) await printRungs();
else process.exitCode = await printArms();
