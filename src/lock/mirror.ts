import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { LabError } from "../model/errors.js";
import type { Environment } from "../system/env.js";
import { readTextIfPresent } from "../system/files.js";

const run = promisify(execFile);

/** Format of `apt-get indextargets` for {@link mirrorOf}. */
export const TARGET_FORMAT = "$(CREATED_BY) $(REPO_URI) $(RELEASE) $(COMPONENT)";

/** What a seed reaches too. Files, discs and lists of mirrors, such as Debian's cloud images have, are the host's alone. */
const REACHABLE = /^https?:\/\/[^\s[\]"]+$/;

const base = (address: string): string => address.replace(/\/+$/, "");

/**
 * The mirror of a suite, from the index targets of some apt configuration.
 * @param targets - lines in {@link TARGET_FORMAT}
 * @returns a base address without a final slash, or `undefined` where no source that a seed reaches has `main` of this suite
 */
export function mirrorOf(targets: string, suite: string): string | undefined {
  for (const line of targets.split("\n")) {
    const [kind, address = "", release, component] = line.split(" ");
    const wanted = kind === "Packages" && release === suite && component === "main";
    if (wanted && REACHABLE.test(address)) return base(address);
  }
  return undefined;
}

/** Fields of /etc/os-release, unquoted. */
export async function osRelease(path = "/etc/os-release"): Promise<ReadonlyMap<string, string>> {
  const text = (await readTextIfPresent(path)) ?? "";
  const pairs = [...text.matchAll(/^([A-Z_]+)=(["']?)(.*)\2$/gm)];
  return new Map(pairs.map((match) => [match[1] ?? "", match[3] ?? ""]));
}

/** The Debian mirror of this machine's apt; `undefined` on other systems, and where apt cannot say. */
async function hostMirror(): Promise<string | undefined> {
  const release = await osRelease();
  const suite = release.get("VERSION_CODENAME");
  if (release.get("ID") !== "debian" || suite === undefined) return undefined;
  try {
    const { stdout } = await run("apt-get", ["indextargets", "--format", TARGET_FORMAT]);
    return mirrorOf(stdout, suite);
  } catch {
    return undefined;
  }
}

/**
 * The mirror that this machine is set up for: MAJEK_LAB_DEBIAN_MIRROR, else that of its apt.
 * @returns a base address without a final slash; `undefined` where nothing is set
 * @throws LabError "usage" for a malformed variable
 */
export async function configuredMirror({
  debianMirror,
}: Pick<Environment, "debianMirror">): Promise<string | undefined> {
  if (debianMirror === undefined) return hostMirror();
  if (REACHABLE.test(debianMirror)) return base(debianMirror);
  throw new LabError("usage", "the Debian mirror is not an http or https address", {
    where: `MAJEK_LAB_DEBIAN_MIRROR=${debianMirror}`,
    next: "set it to the base address of a mirror, the folder that holds dists/ and pool/",
  });
}
