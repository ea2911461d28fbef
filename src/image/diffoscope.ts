import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Longest report that is shown, in bytes. */
const REPORT = 200_000;

/** What diffoscope says about two archives; nothing where it is not installed. It ends with 1 where they differ. */
export async function diffoscope(one: string, other: string): Promise<string[]> {
  const args = ["--text", "-", "--max-text-report-size", String(REPORT), one, other];
  const output = await promisify(execFile)("diffoscope", args, { maxBuffer: 4 * REPORT }).then(
    ({ stdout }) => stdout,
    (error: { readonly stdout?: string }) => error.stdout ?? "",
  );
  return output.split("\n").filter(Boolean);
}
