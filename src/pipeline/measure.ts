import type { FleetRequest } from "../fleet/containers.js";
import { createLoad } from "../fleet/load/load.js";
import type { References } from "../fleet/load/references.js";
import type { LoadSwitch } from "../fleet/load/switch.js";
import { type StartedFleet, startFleet } from "../fleet/start.js";
import { blameFleet } from "../measure/blame/blame.js";
import { packCapture } from "../measure/blame/packed.js";
import { collectionsAddress } from "../measure/collections.js";
import { measureVariant } from "../measure/variant.js";
import { redactDeep, redactError } from "../model/env-file.js";
import { LabError } from "../model/errors.js";
import type { ImageRef } from "../model/image.js";
import { canonicalJson } from "../model/json.js";
import type { VariantPlan } from "../model/plan.js";
import type { Checkpoint, VariantResult } from "../model/run.js";
import { type LabSpec, type VariantSpec, workersOf } from "../model/spec.js";
import { headline, verdictSentence } from "../report/verdict.js";
import { writeBlame, writeCapture } from "../results/blame.js";
import { sha256 } from "../system/hash.js";
import { blameNotice } from "./events.js";
import type { BuiltLab } from "./images.js";
import type { Bench } from "./inputs.js";
import { type Recording, reportOf } from "./record.js";

/** What measuring one variant needs beside the variant. */
export interface Measuring {
  readonly bench: Bench;
  readonly built: BuiltLab;
  readonly recording: Recording;
  /** Holds the load back. */
  readonly hold?: LoadSwitch;
  /** One for all variants of a run: they must answer alike. */
  readonly references: References;
  readonly waitTimeout: number;
  /** Variables of --env-file. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Name the causes of lost pages at the last checkpoint. */
  readonly blame: boolean;
  /** Keep the pages that they were found on. */
  readonly keepPages: boolean;
  /** Keep the fleet when it was measured (up), or remove it (run). */
  readonly keep: boolean;
}

/** A variant without what only a plan knows. */
function specOf(plan: VariantPlan): VariantSpec {
  const { imageTag: _, environment: __, ...spec } = plan;
  return spec;
}

function planOf(built: BuiltLab, name: string): VariantPlan {
  const variant = built.plan.variants.find((one) => one.name === name);
  if (variant === undefined) throw new LabError("failed", `the plan has no variant ${name}`);
  return variant;
}

function imageOf(built: BuiltLab, tag: string): ImageRef {
  const image = built.images.get(tag);
  if (image === undefined) throw new LabError("failed", `no image ${tag} was built`);
  return image;
}

/** Identifies what a fleet runs and what was done to it: `up` leaves a fleet alone whose hash is the same. */
export function configHash(
  spec: LabSpec,
  variant: VariantPlan,
  image: ImageRef,
  secrets: Readonly<Record<string, string>> = {},
): string {
  const environment = { ...variant.environment, ...secrets };
  return sha256(canonicalJson({ fleet: spec.fleet, load: spec.load, environment, image: image.configDigest }));
}

function requestOf(measuring: Measuring, variant: VariantPlan): FleetRequest {
  const { bench, built, recording, waitTimeout, secrets } = measuring;
  const { spec } = built.lab;
  return {
    spec,
    variant,
    run: recording.result().id,
    owner: bench.environment.owner,
    configHash: configHash(spec, variant, imageOf(built, variant.imageTag), secrets),
    results: recording.writer.directory,
    probeImage: built.probe.tag,
    blame: measuring.blame && variant.preload,
    secrets,
    waitTimeoutSeconds: waitTimeout,
  };
}

/** Drives a fleet through its checkpoints. Each is in the run before the load goes on, whatever is killed then. */
async function drive(measuring: Measuring, variant: VariantPlan, fleet: StartedFleet): Promise<VariantResult> {
  const { bench, built, recording, references } = measuring;
  const { events } = recording;
  const { load: loadSpec, fleet: fleetSpec } = built.lab.spec;
  const workers = workersOf(built.lab.spec, variant);
  const { name } = variant;
  const subject = { variant: name, port: fleet.port, workers: fleet.workers, maxRequests: fleetSpec.maxRequests };
  const load = createLoad(subject, loadSpec, references, bench.signal, measuring.hold);
  const { checkpoints: points } = loadSpec;
  const { id, lab } = recording.result();
  const { tag, configDigest, manifestDigest } = imageOf(built, variant.imageTag);
  const image = { tag, configDigest, manifestDigest };
  const common = { variant: specOf(variant), image, bootSeconds: fleet.bootSeconds };
  const checkpoints: Checkpoint[] = [];
  const collectionsAt = fleet.saved === null ? undefined : collectionsAddress(fleet.saved.map);
  const request = { fleet, load, checkpoints: points, preload: variant.preload, workers, collectionsAt };
  const measured = await measureVariant(request, {
    loading: (requestsPerWorker) => events.emit({ event: "loading", variant: name, requestsPerWorker }),
    progress: ({ requests, rate, failed }) => events.emit({ event: "progress", variant: name, requests, rate, failed }),
    live: (sample) => events.emit({ event: "sample", variant: name, ...sample }),
    sampling: () => events.emit({ event: "measuring", variant: name }),
    checkpoint: async (checkpoint, raw) => {
      const { requestsPerWorker } = checkpoint;
      events.emit({ event: "checkpoint", variant: name, checkpoint });
      await recording.writer.appendSample({ schemaVersion: 1, run: id, lab, variant: name, requestsPerWorker, ...raw });
      checkpoints.push(checkpoint);
      await recording.add({ ...common, checkpoints: [...checkpoints], incomplete: true, warnings: [] });
    },
  });
  const blamed = await blameAtEnd(measuring, variant, fleet, checkpoints.at(-1)?.requestsPerWorker ?? 0);
  return { ...common, ...measured, warnings: [...measured.warnings, ...blamed] };
}

/**
 * Names the causes of lost pages at the last checkpoint, and stores them with the run.
 * @returns why that could not be done, where it could not: what was measured is worth keeping without it
 */
async function blameAtEnd(
  { recording, keepPages, secrets }: Measuring,
  variant: VariantPlan,
  fleet: StartedFleet,
  requestsPerWorker: number,
): Promise<readonly string[]> {
  const { saved } = fleet;
  if (saved === null) return [];
  const { id: run, lab } = recording.result();
  try {
    recording.events.emit({ event: "measuring", variant: variant.name });
    const heading = { run, lab, variant: variant.name, requestsPerWorker };
    const { result: found, capture } = await blameFleet(fleet, saved, heading);
    // It names memory by the way to it, and the keys of dicts are part of that.
    const result = redactDeep(found, secrets);
    await writeBlame(recording.writer.directory, result);
    const packed = keepPages ? packCapture(capture) : undefined;
    if (packed !== undefined) await writeCapture(recording.writer.directory, variant.name, packed);
    recording.events.emit({ event: "blame", variant: variant.name, ...blameNotice(result) });
    return [];
  } catch (error) {
    return [`lost pages could not be blamed: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** A fleet that failed is removed; one whose load was interrupted stays where `keep` says so. */
async function endFleet({ bench, keep }: Measuring, fleet: StartedFleet, failed: boolean): Promise<void> {
  if (keep && !(failed && !bench.signal.aborted)) await fleet.detach();
  else await fleet.stop();
}

/** Starts a variant's fleet, drives it through every checkpoint, and adds it to the run. */
export async function measureOne(measuring: Measuring, name: string): Promise<void> {
  const { bench, built, recording } = measuring;
  const { events } = recording;
  const variant = planOf(built, name);
  events.emit({ event: "variant-started", variant: name });
  let fleet: StartedFleet | undefined;
  try {
    fleet = await startFleet(bench.engine, requestOf(measuring, variant), bench.signal);
    await recording.add(await drive(measuring, variant, fleet));
    events.emit({ event: "variant-finished", variant: name, outcome: "done" });
  } catch (error) {
    events.emit({ event: "variant-finished", variant: name, outcome: bench.signal.aborted ? "stopped" : "failed" });
    // The reason counts, not what else goes wrong while cleaning up after it.
    if (fleet !== undefined) await endFleet(measuring, fleet, true).catch(() => undefined);
    throw redactError(error, measuring.secrets);
  }
  await endFleet(measuring, fleet, false);
  const lead = headline(reportOf(recording.result()).comparisons);
  if (lead !== undefined) events.emit({ event: "verdict", text: verdictSentence(lead) });
}
