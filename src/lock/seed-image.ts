import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { LabError } from "../model/errors.js";
import type { Step } from "../model/progress.js";
import { readTar } from "../system/tar.js";
import type { SeedContext } from "./context.js";
import { configuredMirror, mirrorOf, TARGET_FORMAT } from "./mirror.js";
import { seedArguments, seedStep } from "./seed-host.js";
import { type SeedSession, withSeed } from "./session.js";

/** Puts mmdebstrap into a Debian image. Arguments: mirror or nothing, codename, apt options. */
const INSTALL_MMDEBSTRAP = `
set -e
mirror=$1 codename=$2
shift 2
if [ -n "$mirror" ]; then
  rm -f /etc/apt/sources.list.d/*
  echo "deb $mirror $codename main" >/etc/apt/sources.list
fi
apt-get "$@" -q update
apt-get "$@" -qy --no-install-recommends install mmdebstrap debian-archive-keyring`;

async function codenameOf(session: SeedSession, image: string): Promise<string> {
  const release = await session.run("reading /etc/os-release", [
    "sh",
    "-c",
    ". /etc/os-release; echo $ID $VERSION_CODENAME",
  ]);
  const [id, codename] = release.trim().split(" ");
  if (id === "debian" && codename !== undefined) return codename;
  throw new LabError("engine", "the image for the seed is not Debian", {
    where: image,
    next: "name a Debian 12 or 13 image in MAJEK_LAB_SEED_IMAGE",
  });
}

/** The mirror that mmdebstrap shall use, so that the seed has the image's own where nothing else is configured. */
async function mirrorFor(
  configured: string | undefined,
  session: SeedSession,
  codename: string,
): Promise<string | undefined> {
  if (configured !== undefined) return configured;
  return mirrorOf(
    await session.run("reading the image's sources", ["apt-get", "indextargets", "--format", TARGET_FORMAT]),
    codename,
  );
}

/**
 * Makes the seed's root file system inside a container of a Debian image.
 * @param target - absolute path of the tar to write
 * @throws LabError "engine" or "failed" with the end of the log
 */
export async function makeSeedInImage(context: SeedContext, image: string, target: string, step: Step): Promise<void> {
  const { environment } = context;
  const bundle = environment.caBundle === undefined ? undefined : "/lab/ca.pem";
  await withSeed(context, { image, network: "default", scripts: [] }, async (session) => {
    const codename = await codenameOf(session, image);
    const configured = await configuredMirror(environment);
    const options = bundle === undefined ? [] : ["-o", `Acquire::https::CAInfo=${bundle}`];
    step.update("installing mmdebstrap");
    await session.run("installing mmdebstrap", [
      "sh",
      "-c",
      INSTALL_MMDEBSTRAP,
      "sh",
      configured ?? "",
      codename,
      ...options,
    ]);
    const mirror = await mirrorFor(configured, session, codename);
    const command = ["mmdebstrap", ...seedArguments("/lab/seed.tar", mirror, bundle)];
    await session.run("making the seed image", command, (line) => {
      const doing = seedStep(line);
      if (doing !== undefined) step.update(doing);
    });
    await readTar(await session.get("/lab/seed.tar"), (_header, content) =>
      pipeline(content, createWriteStream(target)),
    );
  });
}
