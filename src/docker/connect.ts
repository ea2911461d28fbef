import { access, constants } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import { LabError } from "../model/errors.js";
import type { Environment } from "../system/env.js";
import { createClient } from "./client.js";
import { containerPort } from "./containers.js";
import { asked } from "./errors.js";
import { imagePort } from "./images.js";
import { networkPort, volumePort } from "./networks.js";
import { type Machine, type Refusal, remedy, thisMachine } from "./remedy.js";
import type { Engine, EngineInfo } from "./types.js";
import { askVersion, type EngineVersion, engineName } from "./version.js";

/** The newest API this was tested with (Docker 26); newer engines are spoken to in this version. */
const TESTED_API = "1.45";
/** Docker 20.10: the first with everything used here. */
const NEEDED_API = "1.41";

type Wanted = Pick<Environment, "dockerHost" | "xdgRuntimeDir">;

/** An engine that takes a connection but says nothing for so long counts as none. Milliseconds. */
const PATIENCE_MS = 10_000;

/** `1.9` < `1.41`: compared number by number. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  return (left[0] ?? 0) - (right[0] ?? 0) || (left[1] ?? 0) - (right[1] ?? 0);
}

/** The version to speak, or why there is none. */
export function negotiate(engine: { readonly newest: string; readonly oldest: string | undefined }): string {
  if (compareVersions(engine.newest, NEEDED_API) < 0) {
    throw new LabError(
      "engine",
      `the engine speaks API ${engine.newest}; ${NEEDED_API} (Docker 20.10) or newer is needed`,
      {
        next: "update the container engine",
      },
    );
  }
  if (engine.oldest !== undefined && compareVersions(engine.oldest, TESTED_API) > 0) {
    throw new LabError(
      "engine",
      `the engine speaks only API ${engine.oldest} and newer; this release was tested up to ${TESTED_API}`,
      {
        next: "update majek-lab",
      },
    );
  }
  return compareVersions(engine.newest, TESTED_API) < 0 ? engine.newest : TESTED_API;
}

/** Sockets in the order they are tried. @throws LabError "engine" for an engine that is not on this machine */
export function candidateSockets({ dockerHost, xdgRuntimeDir }: Wanted): readonly string[] {
  if (dockerHost?.startsWith("unix://")) return [dockerHost.slice("unix://".length)];
  if (dockerHost !== undefined) {
    throw new LabError("engine", "a remote engine cannot run labs: load and pages are measured on this machine", {
      where: `DOCKER_HOST=${dockerHost}`,
      next: "unset DOCKER_HOST, or point it to a local unix:// socket",
    });
  }
  const runtime =
    xdgRuntimeDir === undefined ? [] : [join(xdgRuntimeDir, "docker.sock"), join(xdgRuntimeDir, "podman/podman.sock")];
  const desktop = [".docker/run/docker.sock", ".docker/desktop/docker.sock"].map((path) => join(homedir(), path));
  return ["/var/run/docker.sock", ...desktop, ...runtime, "/run/podman/podman.sock"];
}

interface Answer {
  readonly socket: string;
  readonly version: EngineVersion;
}

/** No socket leads to an engine. */
export class NoEngineError extends LabError {
  /** Whether there is none that runs, as far as can be seen: one that may not be used is none of those. */
  readonly absent: boolean;

  constructor(refusals: readonly Refusal[], dockerHost: string | undefined, machine: Machine = thisMachine()) {
    const details = refusals.map(({ text }) => text);
    super("engine", "no container engine answers", { details, next: remedy(refusals, dockerHost, machine) });
    this.absent = !refusals.some(({ kind }) => kind === "denied");
  }
}

function whyNot({ code, message }: NodeJS.ErrnoException, patience: number): Omit<Refusal, "socket"> {
  if (code === "ENOENT") return { kind: "missing", text: "no such socket" };
  if (code === "EACCES" || code === "EPERM") {
    return { kind: "denied", text: "permission denied (are you in its group?)" };
  }
  if (code === "ABORT_ERR") return { kind: "silent", text: `no answer in ${patience / 1000} s` };
  if (code === "ECONNREFUSED") return { kind: "silent", text: "nothing listens there any more" };
  return { kind: "silent", text: message };
}

function refusal(socket: string, { kind, text }: Omit<Refusal, "socket">): Refusal {
  return { kind, socket, text: `${socket}: ${text}` };
}

async function ask(socket: string, patience: number): Promise<Answer | Refusal> {
  try {
    await access(socket, constants.R_OK | constants.W_OK);
    const version = await askVersion(socket, patience);
    if (version !== undefined) return { socket, version };
    return refusal(socket, { kind: "silent", text: "answers, but not like a container engine" });
  } catch (error) {
    return refusal(socket, whyNot(error as NodeJS.ErrnoException, patience));
  }
}

async function firstAnswer(environment: Wanted, patience = PATIENCE_MS): Promise<Answer> {
  const refusals: Refusal[] = [];
  for (const socket of candidateSockets(environment)) {
    const answer = await ask(socket, patience);
    if ("version" in answer) return answer;
    refusals.push(answer);
  }
  throw new NoEngineError(refusals, environment.dockerHost);
}

function engineInfo(answer: Answer, apiVersion: string, info: Record<string, unknown>): EngineInfo {
  const security = (info["SecurityOptions"] as string[] | undefined) ?? [];
  return {
    name: engineName(answer.version),
    version: answer.version.Version,
    apiVersion,
    architecture: answer.version.Arch,
    kernel: answer.version.KernelVersion ?? "unknown",
    cpus: Number(info["NCPU"] ?? 0),
    memoryBytes: Number(info["MemTotal"] ?? 0),
    storageDriver: String(info["Driver"] ?? "unknown"),
    storageFolder: typeof info["DockerRootDir"] === "string" ? info["DockerRootDir"] : undefined,
    rootless: security.some((option) => option.includes("rootless")),
    limitsSwap: info["SwapLimit"] === true,
    endpoint: `unix://${answer.socket}`,
  };
}

/**
 * Name and version of the engine that would be used, whether it can be used or not.
 * @throws LabError "engine" when none answers, or a remote one is named
 */
export async function describeEngine(environment: Wanted): Promise<string> {
  const { version } = await firstAnswer(environment);
  return `${engineName(version)} ${version.Version}`;
}

/** What the engine says about itself. An engine that is stuck answers some questions and never others. */
async function askInfo(docker: Docker, socket: string, patience: number): Promise<Record<string, unknown>> {
  const signal = AbortSignal.timeout(patience);
  // dockerode takes options here, which its types do not know.
  const ask = docker.info.bind(docker) as (options: object) => Promise<Record<string, unknown>>;
  return asked("ask the engine about itself", async () => {
    try {
      return await ask({ abortSignal: signal });
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new LabError("engine", "the container engine does not answer", {
        where: socket,
        details: [`it told its version, but nothing else in ${patience / 1000} s`],
        next: "restart the container engine, then majek-lab doctor",
        cause: error,
      });
    }
  });
}

/**
 * Finds a local engine and speaks the newest API that both sides know.
 * @param patience - milliseconds that it may take for each answer
 * @throws LabError "engine" (exit 4): none answers, a remote one is named, it is stuck, too old or too new, or runs no Linux containers
 */
export async function connectEngine(environment: Wanted, patience = PATIENCE_MS): Promise<Engine> {
  const answer = await firstAnswer(environment, patience);
  const { ApiVersion, MinAPIVersion, Os } = answer.version;
  if (Os !== "linux") {
    throw new LabError("engine", `the engine runs ${Os} containers; labs are Linux`, {
      where: answer.socket,
      next: "switch it to Linux containers",
    });
  }
  const apiVersion = negotiate({ newest: ApiVersion, oldest: MinAPIVersion });
  const docker = await createClient(answer.socket, apiVersion);
  const info = await askInfo(docker, answer.socket, patience);
  return {
    info: engineInfo(answer, apiVersion, info),
    images: imagePort(docker),
    containers: containerPort(docker),
    networks: networkPort(docker),
    volumes: volumePort(docker),
  };
}
