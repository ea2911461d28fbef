import { spawn } from "node:child_process";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { CheckOutcome, Handout, StepCheck } from "../model/workshop.js";
import { eachLine, Tail } from "../system/lines.js";

type ScriptCheck = Extract<StepCheck, { readonly script: string }>;

/** Lines of a script's output that are shown. */
const SHOWN = 5;

async function isProgram(file: string): Promise<boolean> {
  const found = await lstat(file).catch(() => undefined);
  return found?.isFile() === true && (found.mode & 0o111) !== 0;
}

/**
 * Runs a check's program in the learner's folder; exit code 0 is "met".
 * It leads a group of its own, which ends with it or when its time is over.
 * @param place.workingDirectory - absolute; where it runs
 * @param place.resultsDir - absolute; it finds it in MAJEK_LAB_RESULTS
 */
export async function runScript(
  check: ScriptCheck,
  { directory }: Pick<Handout, "directory">,
  place: { readonly workingDirectory: string; readonly resultsDir: string },
): Promise<CheckOutcome> {
  const { name, fail, script, timeoutSeconds } = check;
  const file = join(directory, script);
  const outcome = (status: CheckOutcome["status"], explanation: string): CheckOutcome => ({
    name,
    status,
    explanation,
    advice: status === "met" ? null : fail,
  });
  if (!(await isProgram(file))) return outcome("undecided", `${file} is no program`);
  const tail = new Tail(SHOWN);
  const child = spawn("env", [`MAJEK_LAB_RESULTS=${place.resultsDir}`, file], {
    cwd: place.workingDirectory,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const end = (): void => {
    try {
      process.kill(-(child.pid ?? 0), "SIGKILL");
    } catch {
      // It has ended.
    }
  };
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    end();
  }, timeoutSeconds * 1000);
  const read = Promise.all([child.stdout, child.stderr].map((stream) => eachLine(stream, (text) => tail.add(text))));
  const code = await new Promise<number | string>((done) => {
    child.on("error", (error) => done(error.message));
    child.on("exit", (status, signal) => done(status ?? signal ?? "nothing"));
  });
  clearTimeout(timer);
  // What it has left behind holds its outputs open.
  end();
  await read;
  const said = tail.lines.join("\n");
  if (late) return outcome("not met", `${said}\nnot done after ${timeoutSeconds} s`.trim());
  return outcome(code === 0 ? "met" : "not met", said || `exit code ${code}`);
}
