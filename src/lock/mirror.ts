import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { readTextIfPresent } from "../system/files.js";

const run = promisify(execFile);

/** Format of `apt-get indextargets` for {@link mirrorOf}. */
export const TARGET_FORMAT = "$(CREATED_BY) $(REPO_URI) $(RELEASE) $(COMPONENT)";

/**
 * The mirror of a suite, from the index targets of some apt configuration.
 * @param targets - lines in {@link TARGET_FORMAT}
 * @returns a base address without a final slash, or `undefined` where no source has `main` of this suite
 */
export function mirrorOf(targets: string, suite: string): string | undefined {
  for (const line of targets.split("\n")) {
    const [kind, address, release, component] = line.split(" ");
    if (kind === "Packages" && release === suite && component === "main") return address?.replace(/\/+$/, "");
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
export async function hostMirror(): Promise<string | undefined> {
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
