import { z } from "zod";
import { BEFORE_FORK, type LabSpec } from "../model/spec.js";

const count = z.int().min(0);

/** `3.13` or `3.13+majek`. */
const interpreter = z.union([
  z.templateLiteral([z.int(), ".", z.int()]),
  z.templateLiteral([z.int(), ".", z.int(), "+majek"]),
]);

/** A variant as it ran, every default filled in. */
export const variantSpec = z.strictObject({
  name: z.string(),
  python: interpreter,
  preload: z.boolean(),
  beforeFork: z.array(z.enum(BEFORE_FORK)),
  warmup: count.meta({ description: "Requests served in the master before the fork." }),
  workers: z.int().min(1).nullable().default(null),
  workerClass: z.enum(["gthread", "uvicorn"]).exactOptional(),
  threads: z.int().min(1).exactOptional(),
  env: z.record(z.string(), z.string()).default({}),
});

const app = z.strictObject({
  path: z.string(),
  wsgi: z.string(),
  asgi: z.string().exactOptional(),
  requirements: z.array(z.string()),
  // Runs from before this key existed do not have it.
  apt: z.array(z.string()).default([]),
  database: z.enum(["sqlite", "postgres", "none"]),
  prepare: z.string().nullable(),
  fixture: z.string().nullable(),
  settings: z.string().nullable().default(null),
  steps: z.array(z.string()).default([]),
  env: z.record(z.string(), z.string()).default({}),
});

const load = z.strictObject({
  paths: z.array(z.strictObject({ path: z.string(), weight: z.number().positive(), status: z.int() })),
  concurrency: z.int().min(1),
  requestsPerWorker: count,
  checkpoints: z.array(count),
  seed: z.int(),
  mask: z.array(z.string()),
});

/** The lab file as it was measured: a stored run explains itself without the lab's folder. */
export const labSpec: z.ZodType<LabSpec> = z.strictObject({
  apiVersion: z.literal("majek-lab/v1"),
  name: z.string(),
  title: z.string(),
  app,
  // Runs from before this key existed do not have it.
  appFrom: z.string().nullable().default(null),
  fleet: z.strictObject({
    server: z.literal("gunicorn"),
    workers: z.int().min(1),
    memoryBytes: z.int().min(1),
    maxRequests: count,
  }),
  load,
  variants: z.array(variantSpec),
  baseline: z.string(),
  expectFrom: count,
  expect: z.array(z.string()),
  short: z.strictObject({ requestsPerWorker: count, expect: z.array(z.string()) }).nullable(),
});
