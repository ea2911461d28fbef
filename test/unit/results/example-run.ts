import type { Checkpoint, ProcessSample, RunResult, SampleRecord, VariantResult } from "../../../src/model/run.js";
import type { LabSpec, VariantSpec } from "../../../src/model/spec.js";

export function exampleProcess(pid: number): ProcessSample {
  return {
    pid,
    startTime: 1000 + pid,
    shared: 7800,
    lost: 190,
    replaced: 8,
    absent: 2,
    sharedFraction: 0.975,
    newBytes: 2_400_000,
    rss: 48_000_000,
    pss: 8_100_000,
    pageTableBytes: 196_608,
  };
}

export function exampleCheckpoint(requestsPerWorker: number, changes: Partial<Checkpoint> = {}): Checkpoint {
  return {
    requestsPerWorker,
    p0Pages: 8000,
    sharedFraction: { mean: 0.974, min: 0.97, max: 0.978 },
    fleetBytes: 71_000_000,
    lostBytes: 6_200_000,
    idealBytes: 64_800_000,
    newBytes: 19_200_000,
    kernelPss: 72_500_000,
    masterRss: 47_000_000,
    pageTableBytes: 1_900_000,
    tmpfsBytes: 2_100_000,
    requests: { mean: requestsPerWorker * 1.04, min: requestsPerWorker, max: requestsPerWorker * 1.08 },
    failed: 0,
    throughput: requestsPerWorker === 0 ? null : 498.3,
    latency: requestsPerWorker === 0 ? null : { p50: 0.0298, p99: 0.0712 },
    method: "pfn",
    ksmPages: 0,
    workers: [exampleProcess(12), exampleProcess(13)],
    ...changes,
  };
}

const VARIANTS: readonly VariantSpec[] = [
  { name: "no-preload", python: "3.13", preload: false, beforeFork: [], warmup: 0, workers: null, env: {} },
  { name: "preload", python: "3.13", preload: true, beforeFork: [], warmup: 400, workers: null, env: {} },
  { name: "seal", python: "3.13+majek", preload: true, beforeFork: ["seal"], warmup: 400, workers: null, env: {} },
];

export const EXAMPLE_SPEC: LabSpec = {
  apiVersion: "majek-lab/v1",
  name: "django-8workers",
  title: "Eight Django workers, one preloaded heap",
  app: {
    path: "app",
    wsgi: "mysite.wsgi:application",
    requirements: ["Django==5.2.*"],
    apt: [],
    database: "sqlite",
    prepare: "prepare.py",
    fixture: "db.sqlite3",
    settings: null,
    steps: [],
    env: {},
  },
  appFrom: null,
  fleet: { server: "gunicorn", workers: 8, memoryBytes: 2_147_483_648, maxRequests: 0 },
  load: {
    paths: [{ path: "/html/", weight: 4, status: 200 }],
    concurrency: 16,
    requestsPerWorker: 10_000,
    checkpoints: [0, 2000, 10_000],
    seed: 1,
    mask: [],
  },
  variants: VARIANTS,
  baseline: "preload",
  expectFrom: 2000,
  expect: ["seal.fleetBytes <= 0.5 * preload.fleetBytes", "seal.sharedFraction >= 0.95"],
  short: { requestsPerWorker: 200, expect: ["seal.sharedFraction >= 0.9"] },
};

export function exampleVariant(name: string, checkpoints: readonly Checkpoint[]): VariantResult {
  const variant = VARIANTS.find((one) => one.name === name);
  if (variant === undefined) throw new Error(`no variant ${name}`);
  return {
    variant,
    image: { tag: "localhost/majek-lab/django-8workers:3.13", configDigest: "sha256:aa", manifestDigest: "sha256:bb" },
    bootSeconds: 1.9,
    checkpoints,
    warnings: [],
  };
}

const preloadAt = (requests: number): Checkpoint =>
  exampleCheckpoint(requests, {
    fleetBytes: 241_300_000,
    lostBytes: 170_100_000,
    sharedFraction: { mean: 0.339, min: 0.33, max: 0.35 },
    throughput: requests === 0 ? null : 512.4,
  });

const noPreloadAt = (requests: number): Checkpoint =>
  exampleCheckpoint(requests, { p0Pages: 0, fleetBytes: 384_100_000, lostBytes: null, sharedFraction: null });

/** A finished run of three variants, with numbers of the size the lab gives. */
export function exampleRun(changes: Partial<RunResult> = {}): RunResult {
  return {
    schemaVersion: 1,
    id: "20261123T182000Z-a1b2",
    lab: "django-8workers",
    spec: EXAMPLE_SPEC,
    mode: "up",
    startedAt: "2026-11-23T18:20:00.000Z",
    finishedAt: "2026-11-23T18:26:40.000Z",
    status: "complete",
    provenance: {
      tool: { name: "majek-lab", version: "0.1.0" },
      command: ["majek-lab", "up", "django-8workers"],
      labHash: "1".repeat(64),
      lockHash: "2".repeat(64),
      inputs: "pinned",
      reResolved: [],
      patches: { "3.13+majek": { "gc-seal.patch": "3".repeat(64) } },
      host: {
        kernel: "6.18.0",
        cpu: "Example CPU",
        cpus: 2,
        memoryBytes: 25_000_000_000,
        thp: "madvise",
        ksm: "off",
        swapBytes: 0,
        architecture: "x64",
      },
      engine: { name: "docker", version: "20.10.24", apiVersion: "1.41", storage: "overlay2" },
    },
    variants: {
      "no-preload": exampleVariant("no-preload", [noPreloadAt(0), noPreloadAt(2000)]),
      preload: exampleVariant("preload", [preloadAt(0), preloadAt(2000)]),
      seal: exampleVariant("seal", [exampleCheckpoint(0, { fleetBytes: 52_000_000 }), exampleCheckpoint(2000)]),
    },
    expectations: [
      {
        expression: "seal.fleetBytes <= 0.5 * preload.fleetBytes",
        status: "met",
        explanation: "71.0 MB <= 120.7 MB at 2000 requests per worker",
      },
    ],
    warnings: [],
    ...changes,
  };
}

export function exampleRecord(requestsPerWorker: number, variant = "seal"): SampleRecord {
  const { requests, failed, throughput, latency, ...memory } = exampleCheckpoint(requestsPerWorker);
  return {
    schemaVersion: 1,
    run: "20261123T182000Z-a1b2",
    lab: "django-8workers",
    variant,
    requestsPerWorker,
    load: { requests, failed, throughput, latency },
    sample: {
      takenNs: 1,
      cpuNs: 14_000_000,
      method: "pfn",
      pageSize: 4096,
      p0Pages: memory.p0Pages,
      fleetBytes: memory.fleetBytes,
      lostBytes: memory.lostBytes,
      idealBytes: memory.idealBytes,
      kernelPss: memory.kernelPss,
      pageTableBytes: memory.pageTableBytes,
      masterRss: memory.masterRss,
      ksmPages: 0,
      sharedFraction: memory.sharedFraction,
      master: { ...exampleProcess(1), shared: null, lost: null, newBytes: null },
      workers: memory.workers,
    },
  };
}
