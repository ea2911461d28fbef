import { setTimeout as delay } from "node:timers/promises";
import type { Engine, Labels } from "../docker/types.js";

/** A value as a Dockerfile's LABEL takes it: quoted, without variables. */
const quoted = (value: string): string => JSON.stringify(value).replaceAll("$", "\\$");

/**
 * Gives every stage of a Dockerfile the same labels. The engine's own option labels the last stage only, and only when
 * the build ends well; containers of RUN steps inherit these too.
 */
export function labelStages(dockerfile: string, labels: Labels): string {
  const line = `LABEL ${Object.entries(labels)
    .map(([key, value]) => `${key}=${quoted(value)}`)
    .join(" ")}`;
  return dockerfile.replace(/^FROM\s.*$/gim, (from) => `${from}\n${line}`);
}

/** @returns how many things were there */
async function sweepOnce(engine: Engine, labels: Labels): Promise<number> {
  const containers = await engine.containers.list(labels);
  for (const { id } of containers) await engine.containers.get(id).remove();
  const images = await engine.images.list(labels);
  for (const { id } of images) await engine.images.removeUnused(id);
  return containers.length + images.length;
}

/** Removes all containers and untagged images with these labels. */
export async function sweep(engine: Engine, labels: Labels): Promise<void> {
  await sweepOnce(engine, labels);
}

const QUIET_ROUNDS = 4;
const MAX_ROUNDS = 40;
const ROUND_MS = 250;

/**
 * Like {@link sweep}, for a build whose connection may have broken: the engine notices that only between two steps and
 * does not say so, hence it is over when nothing has appeared for a second. What comes later still is found by `prune`.
 */
export async function sweepBrokenOff(engine: Engine, labels: Labels): Promise<void> {
  for (let round = 0, quiet = 0; round < MAX_ROUNDS && quiet < QUIET_ROUNDS; round += 1) {
    quiet = (await sweepOnce(engine, labels)) === 0 ? quiet + 1 : 0;
    await delay(ROUND_MS);
  }
}
