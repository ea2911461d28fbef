import { LabError } from "../model/errors.js";
import type { Platform } from "../model/lock.js";

const PLATFORMS: Readonly<Record<string, Platform>> = {
  x86_64: "linux/amd64",
  amd64: "linux/amd64",
  aarch64: "linux/arm64",
  arm64: "linux/arm64",
};

/**
 * The platform of an engine, from the architecture it reports (kernel or OCI notation).
 * @throws LabError "engine" for machines that no lock can describe
 */
export function platformOf(architecture: string): Platform {
  const platform = PLATFORMS[architecture];
  if (platform !== undefined) return platform;
  throw new LabError("engine", `the engine runs on ${architecture}; labs exist for x86_64 and aarch64`, {
    next: "use an engine on one of these machines",
  });
}
