// Names who writes first to the pages that workers of a sealed fleet share with their master, and compares with
// cpython-patch/trap/allowed.txt. Exit code 1: somebody writes who is not allowed to, or to more pages.
// Of another site than the flagship's no cold URLs are known; whoever writes there is compared with the same list.
// Usage: node scripts/trap.mjs [--lab django-8workers] [--workers 2] [--warmup 400] [--requests 200] [--before-fork seal]
// The lab's images must be there (majek-lab build); the engine must reach a Debian mirror, for a compiler and nm.
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
import { readTree } from "../dist/system/trees.js";

const { values } = parseArgs({
  options: {
    lab: { type: "string", default: "django-8workers" },
    workers: { type: "string", default: "2" },
    warmup: { type: "string", default: "400" },
    requests: { type: "string", default: "200" },
    "before-fork": { type: "string", default: "seal" },
  },
});
const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const environment = readEnvironment();
const engine = await connectEngine(environment);
const progress = {
  step: (title) => (console.error(title), { update() {}, done() {}, fail() {} }),
  note: console.error,
  warn: console.error,
};

/** cpython-patch/trap as it goes to `folder` of a container; what was built here stays here. */
async function sources(folder) {
  const files = (await readTree(join(root, "cpython-patch/trap"))).filter(({ path }) => /^(src\/)?[\w.]+$/.test(path));
  const contents = await Promise.all(files.map(({ file }) => readFile(file)));
  return [
    { type: "directory", name: folder, mode: 0o755 },
    { type: "directory", name: `${folder}/src`, mode: 0o755 },
    ...files.map(({ path }, index) => ({ type: "file", name: `${folder}/${path}`, mode: 0o644, content: contents[index] })),
  ];
}

/** Makes /v in a seed: the trap, compiled against the C library of the images, and nm with the libraries it needs. */
const PREPARE = `
apt-get -q update && apt-get -q install --yes --no-install-recommends binutils gcc libc6-dev make
make -C /v/trap
mkdir /v/lib && cp "$(command -v nm)" /v/lib
ldd /v/lib/nm | awk '/=> \\// && !/libc\\.so|libm\\.so/ { print $3 }' | xargs -I{} cp {} /v/lib
printf '#!/bin/sh\\nexec env LD_LIBRARY_PATH=/v/lib /v/lib/nm "$@"\\n' >/v/nm && chmod 755 /v/nm
`;

/** /v as a tar: nothing of it enters an image. */
async function tools(use) {
  const image = await ensureSeed(engine, environment, progress);
  return withSeed({ engine, environment }, { image, network: "default", scripts: [] }, async (session) => {
    await session.put([{ type: "directory", name: "v", mode: 0o755 }, ...(await sources("v/trap"))]);
    await session.run("compiling the trap", ["sh", "-ec", PREPARE]);
    return use(await session.get("/v"));
  });
}

const { spec, source } = await loadLab(join(root, "labs", values.lab));
const fleet = { ...spec, fleet: { ...spec.fleet, workers: Number(values.workers) } };
const beforeFork = values["before-fork"].split(",").filter(Boolean);
const variant = { name: "trap", python: "3.13+majek", preload: true, beforeFork, warmup: Number(values.warmup) };
const container = await engine.containers.create({
  image: `localhost/majek-lab/${source.name}:3.13-majek`,
  command: ["sleep", "3600"],
  labels: { "org.majek-lab.lab": "", "org.majek-lab.role": "trap", "org.majek-lab.owner": environment.owner },
  network: "none",
  tmpfs: { "/run/majek": "size=256m,mode=1777" },
});
try {
  await container.start();
  await tools((tar) => container.putArchive("/", tar));
  const trap = ["--library", "/v/trap/build/trap.so", "--allowed", "/v/trap/allowed.txt", "--requests", values.requests];
  if (source.name !== "django-8workers") trap.push("--no-cold");
  const { exitCode } = await container.exec({
    command: ["python3", "-B", "/v/trap/run.py", ...trap],
    env: { ...fleetEnvironment(fleet, variant), NM: "/v/nm" },
    onOutput: (stream, chunk) => process[stream].write(chunk),
  });
  process.exitCode = exitCode;
} finally {
  await container.remove();
}
