import type { ReResolved } from "./lock.js";
import type { LabSpec, VariantSpec } from "./spec.js";

/** How the probe told pages apart (guest/probe/README.md). */
export type ProbeMethod = "pfn" | "exclusive" | "smaps";

export interface Spread {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/** Parts of the maps of preloaded pages: stretches of about equally many pages, by address. */
export const STRETCHES = 96;

/**
 * Where a process's preloaded pages went: a digit for each stretch, from 0 (none of its pages) to 9 (all of them);
 * neither stands for part of them.
 */
export interface PageMaps {
  /** Pages that it has a copy of. */
  readonly lost: string;
  /** Pages that it has no more: replaced or absent. */
  readonly gone: string;
}

/** One process of the fleet at one checkpoint. Counts in pages, memory in bytes. */
export interface ProcessSample {
  readonly pid: number;
  readonly startTime: number;
  readonly shared: number | null;
  readonly lost: number | null;
  readonly replaced: number | null;
  readonly absent: number | null;
  readonly sharedFraction: number | null;
  readonly newBytes: number | null;
  readonly rss: number;
  readonly pss: number | null;
  readonly pageTableBytes: number;
  /** Method `pfn` alone tells; older runs and fleets without preload have none. */
  readonly maps?: PageMaps;
}

/** The probe's answer to `sample` (its JSON line, checked). */
export interface FleetSample {
  readonly takenNs: number;
  readonly cpuNs: number;
  readonly method: ProbeMethod;
  readonly pageSize: number;
  readonly p0Pages: number;
  readonly fleetBytes: number | null;
  readonly lostBytes: number | null;
  readonly idealBytes: number | null;
  readonly kernelPss: number | null;
  readonly pageTableBytes: number;
  readonly masterRss: number;
  readonly ksmPages: number | null;
  readonly sharedFraction: Spread | null;
  readonly master: ProcessSample;
  readonly workers: readonly ProcessSample[];
}

/** Requests per worker and how they went, up to a checkpoint. Seconds. */
export interface LoadSample {
  readonly requests: Spread;
  readonly failed: number;
  /** Requests per second since the previous checkpoint; `null` where none was sent. */
  readonly throughput: number | null;
  readonly latency: { readonly p50: number; readonly p99: number } | null;
}

/** A measured point of a variant. Names are part of the format (ARCHITECTURE.md, "Checkpoints"). */
export interface Checkpoint {
  readonly requestsPerWorker: number;
  /** Bytes; older runs do not say. */
  readonly pageSize?: number;
  /** Of each worker since the fork; absent where they cannot be told. */
  readonly fullCollections?: readonly number[];
  readonly p0Pages: number;
  readonly sharedFraction: Spread | null;
  readonly fleetBytes: number | null;
  readonly lostBytes: number | null;
  readonly idealBytes: number | null;
  readonly newBytes: number | null;
  readonly kernelPss: number | null;
  readonly masterRss: number;
  readonly pageTableBytes: number;
  /** Used bytes of the fleet's tmpfs (the database copy), not part of fleetBytes. */
  readonly tmpfsBytes: number;
  readonly requests: Spread;
  readonly failed: number;
  readonly throughput: number | null;
  readonly latency: { readonly p50: number; readonly p99: number } | null;
  readonly method: ProbeMethod;
  readonly ksmPages: number | null;
  readonly workers: readonly ProcessSample[];
}

export interface VariantResult {
  readonly variant: VariantSpec;
  readonly image: { readonly tag: string; readonly configDigest: string; readonly manifestDigest: string };
  /** Seconds from container start until every worker has booted. */
  readonly bootSeconds: number;
  readonly checkpoints: readonly Checkpoint[];
  /** Present while it is being measured, and for good when that was broken off: checkpoints after these are missing. */
  readonly incomplete?: true;
  readonly warnings: readonly string[];
}

export interface Provenance {
  readonly tool: { readonly name: "majek-lab"; readonly version: string };
  readonly command: readonly string[];
  readonly labHash: string;
  readonly lockHash: string;
  readonly inputs: "pinned" | "re-resolved";
  readonly reResolved: readonly ReResolved[];
  /** Patch name -> sha256, for each patched interpreter. */
  readonly patches: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly host: {
    readonly kernel: string;
    readonly cpu: string;
    readonly cpus: number;
    readonly memoryBytes: number;
    readonly thp: string;
    readonly ksm: string;
    readonly swapBytes: number;
    /** Processes that wanted a CPU, averaged over the minute before the run (/proc/loadavg); older runs lack it. */
    readonly loadAverage?: number;
    readonly architecture: string;
  };
  readonly engine: {
    readonly name: string;
    readonly version: string;
    readonly apiVersion: string;
    readonly storage: string;
  };
}

export type ExpectationStatus = "met" | "not met" | "undecided";

export interface ExpectationResult {
  readonly expression: string;
  readonly status: ExpectationStatus;
  /** Both sides with their numbers, or why it is undecided. */
  readonly explanation: string;
}

/** `run.json`. schemaVersion history: 1 - first format. */
export interface RunResult {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly lab: string;
  readonly spec: LabSpec;
  /** `up`, `run` or `run --short`. */
  readonly mode: "up" | "run" | "short";
  /** Id of the first pass of `run --repeats`, in each pass of it. */
  readonly series?: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** `partial`: some variants are missing or incomplete because the run was stopped or one failed. */
  readonly status: "complete" | "partial";
  readonly provenance: Provenance;
  readonly variants: Readonly<Record<string, VariantResult>>;
  readonly expectations: readonly ExpectationResult[];
  readonly warnings: readonly string[];
}

/** One line of samples.ndjson: the raw sample, with where it belongs. */
export interface SampleRecord {
  readonly schemaVersion: 1;
  readonly run: string;
  readonly lab: string;
  readonly variant: string;
  readonly requestsPerWorker: number;
  readonly load: LoadSample;
  readonly sample: FleetSample;
}
