import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { text as wholeText } from "node:stream/consumers";
import { connectEngine } from "../docker/connect.js";
import type { Engine } from "../docker/types.js";
import { type FoundFleet, listFleets } from "../fleet/find.js";
import { redactAll, type Variables } from "../model/env-file.js";
import { readableJson } from "../model/json.js";
import { count, megabytes } from "../report/numbers.js";
import { listRuns, type RunLocation } from "../results/locate.js";
import { listLabs } from "../spec/find.js";
import { publicLabFile, withoutVariables } from "../spec/public.js";
import type { Environment } from "../system/env.js";
import { readTextIfPresent } from "../system/files.js";
import { withFolders } from "../system/tar.js";
import { writeTarFile } from "../system/tar-file.js";
import { version } from "./version.js";
import type { Workspace } from "./workspace.js";

/** The newest runs that go into a bundle. */
const RUNS = 3;
/** The last lines of each log. */
const LOG_LINES = 500;
/** Files of a run that tell how it went; logs of fleets that failed come with them. */
const RUN_FILES = /^(events\.ndjson|[a-z0-9-]+\.log)$/;

/** What is collected: files by name, and every value that must not be in any of them. */
interface Collection {
  readonly files: Map<string, string>;
  readonly secrets: Variables[number][];
}

const README = `What \`majek-lab doctor --bundle\` collected, to send to whoever helps.

versions.json   tool, Node, engine, patches
checks.json     what doctor found
environment.txt names of the variables that the tool goes by; no values
labs/           lab files of ./labs, without comments and values of variables, and their locks
fleets/         the end of what the fleets on the engine logged
runs/           the newest runs below ./results: run.json, events, logs of fleets that failed

Values of environment variables and of --env-file are replaced by their names, wherever they stood; shorter ones than six
characters only behind their names. Applications log what they like: look through the logs before you send this on.
`;

/** Names of what the tool takes from its environment, and the values to keep out. */
function addEnvironment({ files, secrets }: Collection, environment: Environment): void {
  const { passThrough, flags, dockerHost } = environment;
  const variables = { ...passThrough, ...flags, ...(dockerHost === undefined ? {} : { DOCKER_HOST: dockerHost }) };
  secrets.push(...Object.entries(variables));
  files.set("environment.txt", `${Object.keys(variables).sort().join("\n")}\n`);
}

async function addLabs({ files, secrets }: Collection, workspace: Workspace): Promise<void> {
  for (const { name, directory, from } of await listLabs(workspace)) {
    if (from !== "project") continue;
    const shown = publicLabFile(await readFile(join(directory, "lab.yaml"), "utf8"));
    secrets.push(...(shown?.variables ?? []));
    files.set(`labs/${name}/lab.yaml`, shown?.text ?? "# left out: it is no YAML. majek-lab validate says why.\n");
    const lock = await readTextIfPresent(join(directory, "lab.lock"));
    if (lock !== undefined) files.set(`labs/${name}/lab.lock`, lock);
  }
}

async function logOf(engine: Engine, { id }: FoundFleet): Promise<string> {
  const log = await engine.containers.get(id).logs({ follow: false, tail: LOG_LINES });
  const [events, errors] = await Promise.all([wholeText(log.stdout), wholeText(log.stderr)]);
  return `== stdout\n${events}\n== stderr\n${errors}`;
}

/** Variables of a container that are not the tool's own. */
async function variablesOf(engine: Engine, { id }: FoundFleet): Promise<Variables> {
  const all = Object.entries(await engine.containers.get(id).environment());
  return all.filter(([name]) => !name.startsWith("MAJEK_LAB_") && name !== "PATH");
}

async function addFleets({ files, secrets }: Collection, { environment }: Workspace): Promise<void> {
  const engine = await connectEngine(environment).catch(() => undefined);
  if (engine === undefined) return;
  const fleets = await listFleets(engine);
  // The hash is of secrets, too: a short one could be found by trying.
  files.set("fleets/fleets.json", readableJson(fleets.map(({ id: _, configHash: __, ...fleet }) => fleet)));
  for (const fleet of fleets) {
    secrets.push(...(await variablesOf(engine, fleet)));
    // One that is taken down meanwhile must not keep the rest from being sent.
    const log = await logOf(engine, fleet).catch((error: Error) => `unreadable: ${error.message}\n`);
    files.set(`fleets/${fleet.lab}-${fleet.variant}-${fleet.run}.log`, log);
  }
}

async function addRun({ files, secrets }: Collection, { lab, id, directory }: RunLocation): Promise<void> {
  const { data, variables } = withoutVariables(JSON.parse(await readFile(join(directory, "run.json"), "utf8")));
  secrets.push(...variables);
  files.set(`runs/${lab}/${id}/run.json`, readableJson(data));
  for (const name of (await readdir(directory)).filter((one) => RUN_FILES.test(one))) {
    const lines = (await readFile(join(directory, name), "utf8")).trimEnd().split("\n");
    files.set(`runs/${lab}/${id}/${name}`, `${lines.slice(-LOG_LINES).join("\n")}\n`);
  }
}

async function addRuns(collection: Collection, { workingDirectory }: Workspace): Promise<void> {
  const runs = await listRuns(resolve(workingDirectory, "results"));
  for (const run of runs.slice(-RUNS)) {
    // A run that was broken by hand must not keep the rest from being sent.
    await addRun(collection, run).catch(() => collection.files.set(`runs/${run.lab}/${run.id}/unreadable`, ""));
  }
}

/**
 * Writes one archive with versions, checks, logs and lab files, for whoever helps; without values of variables.
 * @param file - absolute; replaced where it is there
 * @param checks - what doctor found, as JSON
 * @returns what was written, in words
 * @throws LabError "failed" where it cannot be written
 */
export async function writeBundle(workspace: Workspace, file: string, checks: string): Promise<string> {
  const collection: Collection = { files: new Map(), secrets: [] };
  addEnvironment(collection, workspace.environment);
  await addLabs(collection, workspace);
  await addFleets(collection, workspace);
  await addRuns(collection, workspace);
  const { files, secrets } = collection;
  files.set("README.txt", README);
  files.set("versions.json", `${await version(workspace, "json")}\n`);
  files.set("checks.json", `${checks}\n`);
  const entries = [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, content]) => {
      const hidden = redactAll(content, secrets);
      return { type: "file" as const, name: `majek-lab-doctor/${name}`, mode: 0o644, content: hidden };
    });
  const { size } = await writeTarFile(withFolders(entries), file, workspace.interrupts.signal);
  return `wrote ${file}: ${count(files.size)} files, ${megabytes(size)} MB; look through it before you send it on`;
}
