import type { Container, Engine } from "../docker/types.js";
import { LabError } from "../model/errors.js";
import { workersOf } from "../model/spec.js";
import {
  databaseContainer,
  type FleetRequest,
  fleetContainer,
  fleetVolume,
  networkName,
  probeContainer,
  runLabels,
} from "./containers.js";
import { createDeadline, type Deadline } from "./deadline.js";
import { FleetEvents } from "./events.js";
import { allLines, explainFailure } from "./failure.js";
import { passGate, type Saved } from "./gate.js";
import { waitUntilHealthy } from "./health.js";
import type { WorkerSlots } from "./load/counter.js";
import { attachProbe, type Probe } from "./probe.js";
import { removeContainer, removeNetworks } from "./remove.js";

/** A fleet whose workers have all booted, with P0 on record. */
export interface StartedFleet {
  readonly variant: string;
  readonly container: Container;
  readonly probe: Probe;
  /** On 127.0.0.1. */
  readonly port: number;
  readonly workers: WorkerSlots;
  /** Seconds from container start until every worker had booted, the recording of P0 included. */
  readonly bootSeconds: number;
  /** Why pages cannot be told apart exactly on this machine; `null`: they can. */
  readonly probeCaution: string | null;
  /** What blame compares with; `null`: it was not saved. */
  readonly saved: Saved | null;
  /**
   * Resolves when the fleet answers over HTTP. This is its first request: what is to be seen of workers that have
   * served nothing must be read before.
   * @throws LabError "fleet" (exit 6) with the end of the log
   */
  answers(): Promise<void>;
  /** Turns a failure of this fleet into an error with the end of its log; names a lack of memory. */
  explain(reason: string, cause?: unknown): Promise<LabError>;
  /** Lets go of the fleet, which goes on serving. Its probe is removed: P0 is gone with it, so it is of no more use. */
  detach(): Promise<void>;
  /** Removes the fleet and its probe; the network too, when it was the last of its run. Safe to repeat. */
  stop(): Promise<void>;
}

/** What exists of a fleet so far, so that everything can be removed whatever fails. */
interface Parts {
  network?: string;
  fleet?: Container;
  probe?: Container;
  database?: Container;
  attached?: Probe;
  closeLogs?: () => void;
}

async function runNetwork(engine: Engine, request: FleetRequest): Promise<string> {
  const name = networkName(request.run);
  const labels = runLabels(request);
  const known = (await engine.networks.list(labels)).find((network) => network.name === name);
  if (known === undefined) await engine.networks.create(name, labels);
  return name;
}

async function letGo(parts: Parts): Promise<void> {
  parts.attached?.close();
  parts.closeLogs?.();
  if (parts.probe !== undefined) await removeContainer(parts.probe);
}

/** Kills: a fleet keeps nothing worth a graceful end. */
async function removeParts(engine: Engine, request: FleetRequest, parts: Parts): Promise<void> {
  await letGo(parts);
  if (parts.database !== undefined) await removeContainer(parts.database);
  if (parts.fleet !== undefined) await removeContainer(parts.fleet);
  const volume = fleetVolume(request);
  if (volume !== undefined) await engine.volumes.remove(volume.name);
  const labels = runLabels(request);
  if ((await engine.containers.list(labels)).length === 0) await removeNetworks(engine, labels);
}

async function startProbe(engine: Engine, request: FleetRequest, fleet: Container, parts: Parts): Promise<Probe> {
  parts.probe = await engine.containers.create(probeContainer(request, fleet.id));
  const streams = await parts.probe.attach();
  parts.attached = attachProbe(streams);
  await parts.probe.start();
  return parts.attached;
}

/** The master waits for it before it imports the application. A database that ends takes the sense out of waiting. */
async function startDatabase(engine: Engine, request: FleetRequest, parts: Parts, deadline: Deadline): Promise<void> {
  if (request.spec.app.database !== "postgres") return;
  const database = await engine.containers.create(databaseContainer(request));
  parts.database = database;
  await database.start();
  deadline.pointlessWhen(
    database.wait(deadline.signal).then(async (code) => {
      const lines = await allLines(database);
      return `the database ended with exit code ${code}: ${lines.at(-1) ?? "it said nothing"}`;
    }),
  );
}

/** Follows the log from the beginning, so that no event is missed. */
async function followEvents(fleet: Container, workers: number, parts: Parts): Promise<FleetEvents> {
  const log = await fleet.logs({ follow: true });
  parts.closeLogs = log.close;
  log.stderr.resume();
  return new FleetEvents(workers, log.stdout);
}

type Booted = Omit<StartedFleet, "answers" | "explain" | "detach" | "stop">;

function pointlessWhenEnded(deadline: Deadline, fleet: Container): void {
  deadline.pointlessWhen(fleet.wait(deadline.signal).then((code) => `the server ended with exit code ${code}`));
}

async function bringUp(engine: Engine, request: FleetRequest, parts: Parts, deadline: Deadline): Promise<Booted> {
  const { spec, variant } = request;
  const workers = workersOf(spec, variant);
  const fleet = await engine.containers.create(fleetContainer(request, await runNetwork(engine, request)));
  parts.fleet = fleet;
  const started = performance.now();
  await fleet.start();
  await startDatabase(engine, request, parts, deadline);
  const events = await followEvents(fleet, workers, parts);
  deadline.pointlessWhen(events.first("error").then(({ message }) => message));
  pointlessWhenEnded(deadline, fleet);
  const gate = await deadline.wait(events.first("gate"), "the master to reach its first fork");
  const probe = await startProbe(engine, request, fleet, parts);
  const blamed = request.blame ? { mapWritten: async () => (await events.first("map")).path } : null;
  const { caution: probeCaution, saved } = await deadline.wait(
    passGate(probe, gate, blamed),
    "the probe to record the preloaded pages",
  );
  await deadline.wait(events.first("ready"), `${workers} workers to boot`);
  const bootSeconds = (performance.now() - started) / 1000;
  const port = (await fleet.inspect())?.port;
  if (port === null || port === undefined) throw new Error("the engine published no port");
  return { variant: variant.name, container: fleet, probe, port, workers: events, bootSeconds, probeCaution, saved };
}

/** The user's own interruption and the engine's refusals speak for themselves; the rest needs the fleet's log. */
async function explainStart(
  error: unknown,
  request: FleetRequest,
  parts: Parts,
  signal: AbortSignal,
): Promise<unknown> {
  if (signal.aborted) return signal.reason;
  if (error instanceof LabError && error.code !== "fleet") return error;
  const reason = error instanceof Error ? error.message : String(error);
  return parts.fleet === undefined ? error : explainFailure(parts.fleet, request, reason, error);
}

async function firstAnswer(request: FleetRequest, fleet: Booted, signal: AbortSignal): Promise<void> {
  const deadline = createDeadline(request.waitTimeoutSeconds, signal);
  pointlessWhenEnded(deadline, fleet.container);
  try {
    const { paths } = request.spec.load;
    await deadline.wait(waitUntilHealthy(fleet.port, paths, deadline.signal), "an answer over HTTP");
  } catch (error) {
    throw await explainStart(error, request, { fleet: fleet.container }, signal);
  } finally {
    deadline.clear();
  }
}

/**
 * Starts a fleet and its probe, records P0 at the gate, and waits until every worker has booted. Nothing is asked of
 * the workers yet: one request would write into one of them, and the first sample would show it.
 * @param signal - ends the start; whatever exists by then is removed
 * @throws LabError "fleet" (exit 6) with the end of the log; everything of this fleet is removed
 */
export async function startFleet(engine: Engine, request: FleetRequest, signal: AbortSignal): Promise<StartedFleet> {
  const parts: Parts = {};
  const deadline = createDeadline(request.waitTimeoutSeconds, signal);
  try {
    const fleet = await bringUp(engine, request, parts, deadline);
    return {
      ...fleet,
      answers: () => firstAnswer(request, fleet, signal),
      explain: (reason, cause) => explainFailure(fleet.container, request, reason, cause),
      detach: () => letGo(parts),
      stop: () => removeParts(engine, request, parts),
    };
  } catch (error) {
    const explained = await explainStart(error, request, parts, signal);
    // The reason counts, not what else goes wrong while cleaning up after it.
    await removeParts(engine, request, parts).catch(() => undefined);
    throw explained;
  } finally {
    deadline.clear();
  }
}
