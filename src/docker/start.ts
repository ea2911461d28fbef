import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { LabError } from "../model/errors.js";
import type { Environment } from "../system/env.js";
import { connectEngine, NoEngineError } from "./connect.js";

const execute = promisify(execFile);

/** scripts/engine.sh takes it too. */
const LOCK = "/run/majek-lab-engine.lock";
/** What a daemon says that systemd does not look after. */
const LOG = "/var/log/majek-lab-dockerd.log";
/** An engine that has not answered by then does not start. Seconds. */
const PATIENCE = 60;
/** Lines of its log that an error shows. */
const LOG_LINES = 5;

async function isInstalled(program: string): Promise<boolean> {
  return execute(program, ["--version"]).then(
    () => true,
    () => false,
  );
}

/**
 * Whether an engine that is installed can be started here: none runs, the user named none, and we are root.
 * @param failure - why there is none
 */
export async function canStartEngine(failure: LabError, { dockerHost }: Environment): Promise<boolean> {
  const absent = failure instanceof NoEngineError && failure.absent;
  if (!absent || dockerHost !== undefined || process.getuid?.() !== 0) return false;
  return (await isInstalled("dockerd")) && (await isInstalled("flock"));
}

const lines = (text: string): string[] => text.split("\n").filter(Boolean);

async function endOfLog(): Promise<string[]> {
  return lines(await readFile(LOG, "utf8").catch(() => "")).slice(-LOG_LINES);
}

/**
 * Starts Docker: by systemd where it runs, else detached.
 * @param script - scripts/start-engine.sh
 * @param patience - seconds until it must answer
 * @throws LabError "engine" with the end of its log where it does not answer in time
 */
export async function startEngine(environment: Environment, script: string, patience = PATIENCE): Promise<void> {
  // The daemon must not inherit the lock.
  const { stderr } = await execute("flock", ["-o", LOCK, script, LOG]).catch((error: { readonly stderr?: string }) => {
    const details = lines(error.stderr ?? "");
    throw new LabError("engine", "the engine cannot be started", { details, next: `see ${LOG}`, cause: error });
  });
  for (let second = 0; second < patience; second += 1) {
    const answered = await connectEngine(environment).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await sleep(1000);
  }
  const said = lines(stderr);
  throw new LabError("engine", `the engine was started and does not answer after ${patience} s`, {
    details: said.length > 0 ? said : await endOfLog(),
    next: `see ${LOG} or journalctl -u docker`,
  });
}
