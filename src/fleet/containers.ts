import { LABELS } from "../docker/labels.js";
import type { ContainerSpec, Labels } from "../docker/types.js";
import { FLEET_USER, LAYOUT, POSTGRES, POSTGRES_USER } from "../model/guest.js";
import type { VariantPlan } from "../model/plan.js";
import { type LabSpec, workersOf } from "../model/spec.js";

/** Everything that decides what a fleet runs. */
export interface FleetRequest {
  readonly spec: LabSpec;
  readonly variant: VariantPlan;
  readonly run: string;
  readonly owner: string;
  /** Hash of everything above that matters; a label, so that `up` can tell a fleet that is out of date. */
  readonly configHash: string;
  /** Folder of the run that measures it. */
  readonly results: string;
  /** Image whose entry point is the probe. */
  readonly probeImage: string;
  /** Save what blame compares with; the harness of Python 2 cannot. */
  readonly blame: boolean;
  /** Variables of --env-file: for the container, and for nothing that is written. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Seconds until every worker must have booted. */
  readonly waitTimeoutSeconds: number;
}

/** Where the server listens inside its container. */
const PORT = 8000;

/** Threads a worker may start, beyond itself. */
const THREADS_PER_WORKER = 16;

/**
 * What the probe may use beside as much as the fleet itself, in bytes. For blame it keeps the contents of
 * the preloaded pages, else 8 bytes a preloaded page and 24 bytes for each process that has a page of its own there: a
 * limit against a fault, far above what it uses.
 */
const PROBE_MEMORY = 512 * 1024 * 1024;

export function runLabels({ spec, run, owner }: FleetRequest): Labels {
  return { [LABELS.lab]: spec.name, [LABELS.run]: run, [LABELS.owner]: owner };
}

function fleetLabels(request: FleetRequest, role: "fleet" | "probe" | "database"): Labels {
  const { variant, configHash, results } = request;
  return {
    ...runLabels(request),
    [LABELS.role]: role,
    [LABELS.variant]: variant.name,
    [LABELS.configHash]: configHash,
    [LABELS.results]: results,
  };
}

/** Name of the run's network; one bridge for all its fleets. */
export function networkName(run: string): string {
  return `majek-lab-${run}`;
}

function containerName({ spec, variant, run }: FleetRequest, role: string): string {
  return `majek-lab-${spec.name}-${variant.name}-${run}-${role}`;
}

const tmpfs = (size: string): string => `rw,nosuid,nodev,noexec,mode=1777,size=${size}`;

/** Where the sockets of a fleet's database are, for both containers. */
function socketVolume(request: FleetRequest): NonNullable<ContainerSpec["volume"]> {
  const labels = { ...runLabels(request), [LABELS.variant]: request.variant.name };
  return { name: containerName(request, "socket"), labels, path: POSTGRES.PGHOST };
}

/** The volume that a fleet has beside its containers; `undefined`: none. */
export function fleetVolume(request: FleetRequest): ContainerSpec["volume"] {
  return request.spec.app.database === "postgres" ? socketVolume(request) : undefined;
}

/** The fleet's container: no privilege of any kind, nothing to write to but memory. */
export function fleetContainer(request: FleetRequest, network: string): ContainerSpec {
  const { spec, variant } = request;
  const volume = fleetVolume(request);
  return {
    image: variant.imageTag,
    name: containerName(request, "fleet"),
    labels: fleetLabels(request, "fleet"),
    env: { ...variant.environment, ...request.secrets, MAJEK_LAB_GATE: "1", MAJEK_LAB_BIND: `0.0.0.0:${PORT}` },
    user: FLEET_USER,
    hostname: "fleet",
    network,
    capabilities: [],
    noNewPrivileges: true,
    readOnlyRoot: true,
    ...(volume === undefined ? {} : { volume }),
    // Counts towards the memory limit.
    tmpfs: { [LAYOUT.run]: tmpfs("1g"), "/tmp": tmpfs("256m") },
    memoryBytes: spec.fleet.memoryBytes,
    pidsLimit: 64 + workersOf(spec, variant) * THREADS_PER_WORKER,
    publish: PORT,
    // The engine's host forwards what is addressed to the outside: packets expire there.
    hops: 1,
  };
}

/** Megabytes of a database server: its files, which lie in memory, and its processes. */
const DATABASE_MEMORY = 1024;

/**
 * PostgreSQL beside a fleet, from the same image. They share the folder with its socket and nothing else: the probe looks
 * into the fleet's PID namespace, so that no memory of the database is in what is measured.
 */
export function databaseContainer(request: FleetRequest): ContainerSpec {
  const { spec, variant } = request;
  return {
    image: variant.imageTag,
    name: containerName(request, "database"),
    labels: fleetLabels(request, "database"),
    command: [
      `${LAYOUT.prefix}/bin/python3`,
      "-m",
      "majek_harness.postgres",
      `${LAYOUT.lab}/app/${spec.app.fixture ?? ""}`,
    ],
    user: POSTGRES_USER,
    network: "none",
    volume: socketVolume(request),
    capabilities: [],
    noNewPrivileges: true,
    readOnlyRoot: true,
    tmpfs: { [LAYOUT.run]: tmpfs("512m"), "/tmp": tmpfs("16m") },
    memoryBytes: DATABASE_MEMORY * 1024 * 1024,
    // A process for each connection.
    pidsLimit: 64 + 2 * workersOf(spec, variant),
  };
}

/**
 * What reading page tables needs: SYS_ADMIN shows frame numbers, SYS_PTRACE opens another process's memory, and
 * DAC_READ_SEARCH lets a root without privileges open `/proc/PID/pagemap`, which is the fleet user's with mode 0400.
 */
const PROBE_CAPABILITIES = ["SYS_ADMIN", "SYS_PTRACE", "DAC_READ_SEARCH"] as const;

/** The probe beside it: in the fleet's PID namespace, without a network, able to read and not to change. */
export function probeContainer(request: FleetRequest, fleetId: string): ContainerSpec {
  return {
    image: request.probeImage,
    name: containerName(request, "probe"),
    labels: fleetLabels(request, "probe"),
    user: "0:0",
    network: "none",
    capabilities: PROBE_CAPABILITIES,
    noNewPrivileges: true,
    readOnlyRoot: true,
    memoryBytes: request.spec.fleet.memoryBytes + PROBE_MEMORY,
    pidsLimit: 16,
    pidOf: fleetId,
    stdin: true,
  };
}
