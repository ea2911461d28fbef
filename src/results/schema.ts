import { z } from "zod";
import type { RunResult, SampleRecord } from "../model/run.js";
import { labSpec, variantSpec } from "./schema-spec.js";

/** The only version this release writes and reads. History: 1 - first format. */
export const SCHEMA_VERSION = 1;

const bytes = z.int().min(0).meta({ description: "Bytes." });
const count = z.int().min(0);
const fraction = z.number().min(0).max(1);
const rate = z.number().min(0).nullable();
const method = z.enum(["pfn", "exclusive", "smaps"]);

const spread = z.strictObject({ mean: z.number().min(0), min: z.number().min(0), max: z.number().min(0) });
const sharedFraction = spread
  .nullable()
  .meta({ description: "Shared pages / preloaded pages, over the workers; null where nothing was preloaded." });
const latency = z
  .strictObject({ p50: z.number().min(0), p99: z.number().min(0) })
  .nullable()
  .meta({ description: "Seconds, since the previous checkpoint." });

const digits = z.string().regex(/^[0-9]*$/);

const processSample = z.strictObject({
  pid: count,
  startTime: z.number().min(0),
  shared: count.nullable(),
  lost: count.nullable(),
  replaced: count.nullable(),
  absent: count.nullable(),
  sharedFraction: fraction.nullable(),
  newBytes: bytes.nullable(),
  rss: bytes,
  pss: bytes.nullable(),
  pageTableBytes: bytes,
  maps: z.strictObject({ lost: digits, gone: digits }).exactOptional().meta({
    description:
      "Preloaded pages by address in equal stretches: copied, and replaced or absent. 0: none of a stretch, 9: all of it.",
  }),
});

/** What a probe sample and a checkpoint have in common. */
const memory = {
  p0Pages: count,
  sharedFraction,
  fleetBytes: bytes.nullable(),
  lostBytes: bytes.nullable(),
  idealBytes: bytes.nullable(),
  kernelPss: bytes.nullable(),
  masterRss: bytes,
  pageTableBytes: bytes,
  method,
  ksmPages: count.nullable(),
  workers: z.array(processSample),
};

const fleetSample = z.strictObject({
  ...memory,
  takenNs: z.number().min(0),
  cpuNs: z.number().min(0),
  pageSize: z.int().min(1),
  master: processSample,
});

const load = { requests: spread, failed: count, throughput: rate, latency };

const checkpoint = z.strictObject({
  ...memory,
  ...load,
  requestsPerWorker: count,
  pageSize: z.int().min(1).exactOptional(),
  fullCollections: z.array(count).exactOptional().meta({
    description: "Collections of the oldest generation, of each worker since the fork; absent where unknown.",
  }),
  newBytes: bytes.nullable(),
  tmpfsBytes: bytes,
});

const variantResult = z.strictObject({
  variant: variantSpec,
  image: z.strictObject({ tag: z.string(), configDigest: z.string(), manifestDigest: z.string() }),
  bootSeconds: z.number().min(0),
  checkpoints: z.array(checkpoint),
  incomplete: z.literal(true).exactOptional().meta({
    description: "Being measured, or broken off: checkpoints after these are missing.",
  }),
  warnings: z.array(z.string()),
});

const provenance = z.strictObject({
  tool: z.strictObject({ name: z.literal("majek-lab"), version: z.string() }),
  command: z.array(z.string()),
  labHash: z.string(),
  lockHash: z.string(),
  inputs: z.enum(["pinned", "re-resolved"]),
  reResolved: z.array(z.strictObject({ name: z.string(), lockedVersion: z.string(), usedVersion: z.string() })),
  patches: z.record(z.string(), z.record(z.string(), z.string())),
  host: z.strictObject({
    kernel: z.string(),
    cpu: z.string(),
    cpus: z.int().min(1),
    memoryBytes: bytes,
    thp: z.string(),
    ksm: z.string(),
    swapBytes: bytes,
    loadAverage: z.number().min(0).exactOptional().meta({ description: "Over the minute before the run." }),
    architecture: z.string(),
  }),
  engine: z.strictObject({ name: z.string(), version: z.string(), apiVersion: z.string(), storage: z.string() }),
});

/** `run.json`. */
export const runSchema: z.ZodType<RunResult> = z.strictObject({
  schemaVersion: z.literal(SCHEMA_VERSION),
  id: z.string(),
  lab: z.string(),
  spec: labSpec,
  mode: z.enum(["up", "run", "short"]),
  series: z.string().exactOptional().meta({ description: "Id of the first pass of `run --repeats`." }),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  status: z.enum(["complete", "partial"]),
  provenance,
  variants: z.record(z.string(), variantResult),
  expectations: z.array(
    z.strictObject({
      expression: z.string(),
      status: z.enum(["met", "not met", "undecided"]),
      explanation: z.string(),
    }),
  ),
  warnings: z.array(z.string()),
});

/** One line of `samples.ndjson`. */
export const sampleRecordSchema: z.ZodType<SampleRecord> = z.strictObject({
  schemaVersion: z.literal(SCHEMA_VERSION),
  run: z.string(),
  lab: z.string(),
  variant: z.string(),
  requestsPerWorker: count,
  load: z.strictObject(load),
  sample: fleetSample,
});

/** The JSON schema of `run.json`, for editors and other tools; written to labs/run.schema.json. */
export function runJsonSchema(): object {
  return {
    ...z.toJSONSchema(runSchema, { target: "draft-7", reused: "ref" }),
    title: "majek-lab run.json",
    description: "Result of one run of a lab. Memory in bytes, times in seconds.",
  };
}
