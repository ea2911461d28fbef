import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { LabError } from "../model/errors.js";
import type { Step } from "../model/progress.js";
import type { Environment } from "../system/env.js";
import { eachLine } from "../system/lines.js";
import { configuredMirror, osRelease } from "./mirror.js";
import { SEED_PACKAGES, SUITE } from "./recipe.js";

/** Where Debian installs it. */
export const MMDEBSTRAP = "/usr/bin/mmdebstrap";

/**
 * Whether this machine can make a seed itself, or why not.
 * @param mmdebstrap - absolute path of the program
 */
export async function seedMaker(mmdebstrap: string): Promise<{ readonly usable: true } | { readonly reason: string }> {
  const release = await osRelease();
  const family = `${release.get("ID") ?? ""} ${release.get("ID_LIKE") ?? ""}`.split(" ");
  if (!family.includes("debian") && !family.includes("ubuntu")) return { reason: "needs Debian or Ubuntu" };
  if (process.getuid?.() !== 0) return { reason: "needs root; run the command once as root" };
  if (!existsSync(mmdebstrap)) return { reason: "is not installed" };
  return { usable: true };
}

/**
 * Arguments of mmdebstrap for the seed.
 * @param mirror - base address; `undefined`: mmdebstrap's own default
 */
export function seedArguments(target: string, mirror: string | undefined, caBundle: string | undefined): string[] {
  const without = ["man", "info", "locale", "doc", "lintian"];
  return [
    "--mode=root",
    "--variant=apt",
    `--include=${SEED_PACKAGES.join(",")}`,
    "--format=tar",
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Languages "none"',
    '--aptopt=Acquire::Retries "3"',
    ...(caBundle === undefined ? [] : [`--aptopt=Acquire::https::CAInfo "${caBundle}"`]),
    "--dpkgopt=force-unsafe-io",
    ...without.map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
    // These name files of the maker's machine, which the seed does not have.
    '--customize-hook=rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap" "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap"',
    SUITE,
    target,
    ...(mirror === undefined ? [] : [mirror]),
  ];
}

/** The first letters of mmdebstrap's lines are their level; only the work is shown. */
export function seedStep(line: string): string | undefined {
  return /^I: (.+?)\.*$/.exec(line)?.[1];
}

function failure(code: number | null, signal: AbortSignal | undefined, output: readonly string[]): LabError {
  if (signal?.reason instanceof LabError) return signal.reason;
  if (signal?.aborted)
    return new LabError("interrupted", "interrupted while the seed image was made", { next: "run the command again" });
  return new LabError("engine", `mmdebstrap could not make the seed image (exit code ${code ?? "none"})`, {
    where: MMDEBSTRAP,
    next: "check the network, the proxy variables and MAJEK_LAB_DEBIAN_MIRROR; apt-get install debian-archive-keyring",
    details: output.slice(-15),
  });
}

/**
 * Makes the seed's root file system with this machine's mmdebstrap.
 * @param target - absolute path of the tar to write
 * @throws LabError "engine" with the end of the log, "interrupted" when the signal came
 */
export async function makeSeedHere(
  environment: Environment,
  target: string,
  step: Step,
  signal?: AbortSignal,
): Promise<void> {
  const mirror = await configuredMirror(environment);
  if (signal?.aborted) throw failure(null, signal, []);
  const child = spawn(MMDEBSTRAP, seedArguments(target, mirror, environment.caBundle), {
    stdio: ["ignore", "ignore", "pipe"],
  });
  // SIGTERM and not SIGKILL: mmdebstrap then unmounts and removes its own work folder.
  const stop = (): void => void child.kill("SIGTERM");
  signal?.addEventListener("abort", stop, { once: true });
  const output: string[] = [];
  void eachLine(child.stderr, (line) => {
    output.push(line);
    const doing = seedStep(line);
    if (doing !== undefined) step.update(doing);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  }).finally(() => signal?.removeEventListener("abort", stop));
  if (code !== 0) throw failure(code, signal, output);
}
