import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectEngine } from "../../src/docker/connect.js";
import { LABELS } from "../../src/docker/labels.js";
import type { Engine } from "../../src/docker/types.js";
import type { FleetRequest } from "../../src/fleet/containers.js";
import { createLoad, type Load } from "../../src/fleet/load/load.js";
import { compileMasks, References } from "../../src/fleet/load/references.js";
import { findAll, removeAll } from "../../src/fleet/remove.js";
import type { StartedFleet } from "../../src/fleet/start.js";
import type { LabSpec } from "../../src/model/spec.js";
import { fleetEnvironment } from "../../src/plan/environment.js";
import { newRunId } from "../../src/results/ids.js";
import { readEnvironment } from "../../src/system/env.js";
import { builtLab } from "./built.js";

/** The flagship's image with the stock interpreter: `make test` builds it before these tests. */
const FLEET_IMAGE = "localhost/majek-lab/django-8workers:3.13";

/** Neither a real lab nor another file's has this name, so that these tests remove nothing but their own. */
export const TEST_LAB = `integration-fleet-${randomBytes(4).toString("hex")}`;

const SPEC: LabSpec = {
  apiVersion: "majek-lab/v1",
  name: TEST_LAB,
  title: "integration test",
  app: {
    path: "app",
    wsgi: "mysite.wsgi:application",
    requirements: [],
    apt: [],
    database: "sqlite",
    prepare: null,
    fixture: "fixture.sqlite3",
    settings: null,
    steps: [],
    env: {},
  },
  appFrom: null,
  fleet: { server: "gunicorn", workers: 2, memoryBytes: 1_000_000_000, maxRequests: 0 },
  load: {
    paths: [
      { path: "/json/", weight: 3, status: 200 },
      { path: "/admin/login/", weight: 1, status: 200 },
      { path: "/missing/", weight: 1, status: 404 },
    ],
    concurrency: 4,
    requestsPerWorker: 20,
    checkpoints: [0, 20],
    seed: 1,
    mask: ['name="csrfmiddlewaretoken" value="[A-Za-z0-9]+"'],
  },
  variants: [],
  baseline: "preload",
  expectFrom: 0,
  expect: [],
  short: null,
};

export interface Changes {
  readonly app?: Partial<LabSpec["app"]>;
  readonly fleet?: Partial<LabSpec["fleet"]>;
  readonly load?: Partial<LabSpec["load"]>;
  readonly blame?: boolean;
  readonly waitTimeoutSeconds?: number;
}

/** A fleet that fails leaves its log here. */
const RESULTS = join(tmpdir(), `majek-lab-fleets-${process.pid}`);

let probe: Promise<string> | undefined;

/** The probe of this checkout: an engine may have those of others, too. */
function probeImage(): Promise<string> {
  probe ??= builtLab().then(({ built }) => built.probe.tag);
  return probe;
}

export const testEngine = (): Promise<Engine> => connectEngine(readEnvironment());

/** A small fleet of the flagship's application, changed as a test needs it. */
export async function fleetRequest(changes: Changes = {}): Promise<FleetRequest> {
  const spec = {
    ...SPEC,
    app: { ...SPEC.app, ...changes.app },
    fleet: { ...SPEC.fleet, ...changes.fleet },
    load: { ...SPEC.load, ...changes.load },
  };
  const variant = {
    name: "preload",
    python: "3.13",
    preload: true,
    beforeFork: [],
    warmup: 5,
    workers: null,
    env: {},
  } as const;
  return {
    spec,
    variant: { ...variant, imageTag: FLEET_IMAGE, environment: fleetEnvironment(spec, variant) },
    run: newRunId(new Date()),
    owner: "integration-test",
    configHash: "test",
    results: RESULTS,
    probeImage: await probeImage(),
    blame: changes.blame ?? false,
    secrets: {},
    waitTimeoutSeconds: changes.waitTimeoutSeconds ?? 120,
  };
}

export const NEVER = new AbortController().signal;

/** A load with references of its own. */
export function loadOn(fleet: StartedFleet, { spec }: FleetRequest, signal: AbortSignal = NEVER): Load {
  const references = new References(compileMasks(spec.load.mask));
  return createLoad(
    { variant: fleet.variant, port: fleet.port, workers: fleet.workers, maxRequests: spec.fleet.maxRequests },
    spec.load,
    references,
    signal,
  );
}

/** What is left on the engine of these tests. */
export async function leftovers(engine: Engine): Promise<readonly string[]> {
  const ours = { [LABELS.lab]: TEST_LAB };
  const [containers, networks] = await Promise.all([engine.containers.list(ours), engine.networks.list(ours)]);
  return [...containers, ...networks].map(({ name }) => name);
}

export async function removeLeftovers(engine: Engine): Promise<void> {
  await removeAll(engine, { lab: TEST_LAB });
  await rm(RESULTS, { recursive: true, force: true });
}

/**
 * Every other lab that has something on this engine, and what belongs to none: what others do meanwhile must survive these
 * tests. To be asked when strays have been listed, so that whatever is in that list and still there is known.
 */
export async function otherLabs(engine: Engine): Promise<Set<string>> {
  const { containers, networks, volumes } = await findAll(engine);
  const labs = [...containers, ...networks, ...volumes].map(({ labels }) => labels[LABELS.lab] ?? "");
  return new Set(["", ...labs.filter((lab) => lab !== TEST_LAB)]);
}
