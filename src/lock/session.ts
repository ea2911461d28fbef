import { readFile } from "node:fs/promises";
import type { Readable } from "node:stream";
import { LABELS } from "../docker/labels.js";
import type { Container } from "../docker/types.js";
import { LabError } from "../model/errors.js";
import { CA_VARIABLES } from "../system/env.js";
import { LineSplitter } from "../system/lines.js";
import { packTar, type TarEntry } from "../system/tar.js";
import type { SeedContext } from "./context.js";

/** A seed container ends by itself after this long, should whoever started it be killed. Seconds. */
const LIFETIME_SECONDS = 6 * 3600;

/** Scripts of guest/seed/, the same from src/ and from dist/. */
const SCRIPTS = new URL("../../guest/seed/", import.meta.url);

/** Downloads show how far they are in a line that they redraw. */
const LINE_ENDS = /[\r\n]/;

/** A running seed container. Everything happens below `/lab` in it. */
export interface SeedSession {
  /**
   * Runs a command and returns what it wrote to standard output.
   * @param doing - the work in the user's words, for the error
   * @throws LabError "failed" with the end of the output
   */
  run(doing: string, command: readonly string[], onLine?: (line: string) => void): Promise<string>;
  /** Adds files; names are paths from the root without the first slash, folders before their content. */
  put(entries: readonly TarEntry[]): Promise<void>;
  /** A file or folder as a tar whose entries begin with its last name. */
  get(path: string): Promise<Readable>;
}

export interface SessionOptions {
  readonly image: string;
  /** `none` where nothing may come from outside. */
  readonly network: "default" | "none";
  /** Names of files in guest/seed/ that are put into `/lab`. */
  readonly scripts: readonly string[];
}

/** Why the signal was aborted, in the words of whoever did it. */
function interrupted(signal: AbortSignal): LabError {
  if (signal.reason instanceof LabError) return signal.reason;
  return new LabError("interrupted", "interrupted; the seed container was removed", { next: "run the command again" });
}

/** Text of a script that runs in a seed, for cache keys: another script makes other results. */
export async function seedScript(name: string): Promise<string> {
  return readFile(new URL(name, SCRIPTS), "utf8");
}

/** Variables of every command: proxies and package index as on the host, certificates where the bundle was put. */
function variables(context: SeedContext): Record<string, string> {
  const bundle = context.environment.caBundle === undefined ? undefined : "/lab/ca.pem";
  const certificates = bundle && { SSL_CERT_FILE: bundle, PIP_CERT: bundle, REQUESTS_CA_BUNDLE: bundle };
  return {
    ...context.environment.passThrough,
    ...certificates,
    LC_ALL: "C.UTF-8",
    DEBIAN_FRONTEND: "noninteractive",
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    PIP_NO_INPUT: "1",
    PIP_ROOT_USER_ACTION: "ignore",
    PYTHONDONTWRITEBYTECODE: "1",
  };
}

async function firstFiles(context: SeedContext, scripts: readonly string[]): Promise<TarEntry[]> {
  const { caBundle } = context.environment;
  const entries: TarEntry[] = [{ type: "directory", name: "lab", mode: 0o755 }];
  if (caBundle !== undefined) {
    const content = await readFile(caBundle).catch((cause: unknown) => {
      throw new LabError("failed", "the CA bundle cannot be read", {
        where: caBundle,
        next: `correct whichever is set of ${CA_VARIABLES.join(", ")}`,
        cause,
      });
    });
    entries.push({ type: "file", name: "lab/ca.pem", mode: 0o644, content });
  }
  for (const name of scripts) {
    entries.push({ type: "file", name: `lab/${name}`, mode: 0o755, content: await seedScript(name) });
  }
  return entries;
}

function sessionOf(container: Container, context: SeedContext): SeedSession {
  const env = variables(context);
  return {
    async run(doing, command, onLine) {
      const show = (lines: readonly string[]): void => lines.filter(Boolean).forEach((line) => void onLine?.(line));
      // A chunk may end within a character, and the next one be of the other output.
      const splitters = { stdout: new LineSplitter(LINE_ENDS), stderr: new LineSplitter(LINE_ENDS) };
      const onOutput = (stream: "stdout" | "stderr", chunk: Buffer): void => show(splitters[stream].push(chunk));
      const result = await container.exec({ command, env, ...(onLine && { onOutput }) });
      for (const splitter of Object.values(splitters)) show(splitter.end());
      if (context.signal?.aborted) throw interrupted(context.signal);
      if (result.exitCode === 0) return result.stdout;
      const output = `${result.stdout}\n${result.stderr}`.trim().split("\n");
      throw new LabError("failed", `${doing} failed in the seed container (exit code ${result.exitCode})`, {
        where: command.slice(0, 2).join(" "),
        next: "majek-lab doctor; check the network, the proxy variables and MAJEK_LAB_DEBIAN_MIRROR",
        details: output.slice(-15),
      });
    },
    put: (entries) => container.putArchive("/", packTar(entries)),
    get: (path) => container.getArchive(path),
  };
}

/**
 * Starts a container of the seed image, uses it and removes it, whatever happens.
 * @throws what `use` throws; LabError "interrupted" when the signal came first
 */
export async function withSeed<T>(
  context: SeedContext,
  options: SessionOptions,
  use: (session: SeedSession) => Promise<T>,
): Promise<T> {
  const { engine, environment, signal } = context;
  if (signal?.aborted) throw interrupted(signal);
  const entries = await firstFiles(context, options.scripts);
  const container = await engine.containers.create({
    image: options.image,
    command: ["sleep", String(LIFETIME_SECONDS)],
    // An empty lab: it works for any, and `down --all` and `prune` find what a kill leaves.
    labels: { [LABELS.lab]: "", [LABELS.role]: "seed", [LABELS.owner]: environment.owner },
    network: options.network,
    hostname: "seed",
  });
  // One removal, awaited by whoever needs it: a second request is refused while the first is under way.
  let removal: Promise<void> | undefined;
  // It never fails: an engine that died must not hide why, and a container that stays ends by itself and is pruned.
  const remove = (): Promise<void> => {
    removal ??= container.remove().catch(() => undefined);
    return removal;
  };
  // Removing the container is what ends a command that runs in it.
  const abort = (): void => void remove();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    // While it was created nobody listened.
    signal?.throwIfAborted();
    await container.start();
    await container.putArchive("/", packTar(entries));
    return await use(sessionOf(container, context));
  } catch (error) {
    throw signal?.aborted ? interrupted(signal) : error;
  } finally {
    signal?.removeEventListener("abort", abort);
    await remove();
  }
}
