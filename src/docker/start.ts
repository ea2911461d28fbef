import { type ExecFileException, execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { LabError } from "../model/errors.js";
import type { Environment } from "../system/env.js";
import { connectEngine, NoEngineError } from "./connect.js";
import { isInstalled } from "./remedy.js";

const execute = promisify(execFile);

/** scripts/engine.sh takes it too. */
const LOCK = "/run/majek-lab-engine.lock";
/** What a daemon says that systemd does not look after. */
const LOG = "/var/log/majek-lab-dockerd.log";
const SEE = `see ${LOG}, or where systemd runs journalctl -u docker`;
/** An engine that has not answered by then does not start. Seconds. */
const PATIENCE = 60;
/** Lines of its log that an error shows. */
const LOG_LINES = 5;

/**
 * Whether there is an engine to start: it is installed, none runs, and the user named none.
 * @param failure - why there is none
 */
export function canBeStarted(failure: LabError, { dockerHost }: Environment): boolean {
  const absent = failure instanceof NoEngineError && failure.absent;
  return absent && dockerHost === undefined && isInstalled("dockerd");
}

const lines = (text: string): string[] => text.split("\n").filter(Boolean);

async function endOfLog(): Promise<string[]> {
  return lines(await readFile(LOG, "utf8").catch(() => "")).slice(-LOG_LINES);
}

/**
 * Starts Docker: by systemd where it runs, else detached.
 * @param script - scripts/start-engine.sh
 * @param patience - seconds until it must answer
 * @throws LabError "engine" for who is not root, and with the end of its log where it does not answer in time
 */
export async function startEngine(environment: Environment, script: string, patience = PATIENCE): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new LabError("engine", "only root can start it", { next: "as root: majek-lab doctor --fix" });
  }
  // The daemon must not inherit the lock.
  const { stderr } = await execute("flock", ["-o", LOCK, script, LOG]).catch((error: ExecFileException) => {
    const said = lines(error.stderr ?? "");
    const details = said.length > 0 ? said : [error.message];
    throw new LabError("engine", "the engine cannot be started", { details, next: SEE, cause: error });
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
    next: SEE,
  });
}
