import { setTimeout as sleep } from "node:timers/promises";
import { LABELS } from "../docker/labels.js";
import type { Container, ContainerState, Engine, Labels } from "../docker/types.js";
import { type FleetSelection, selectionLabels } from "./find.js";

/** How many of each were removed. */
export interface Removed {
  readonly containers: number;
  readonly networks: number;
  readonly volumes: number;
  readonly images: number;
}

const NOTHING: Removed = { containers: 0, networks: 0, volumes: 0, images: 0 };

/** Milliseconds between two looks at something that is being removed by somebody else. */
const PAUSE_MS = 50;

/** So many looks: ten seconds. */
const LOOKS = 200;

/**
 * Removes a container and waits until it is gone. Another command may be removing it at the same moment; the engine
 * then answers at once, though the container still holds on to its network.
 */
export async function removeContainer(container: Container): Promise<void> {
  // A frozen process cannot die; some engines refuse to remove a paused container.
  await container.unpause();
  await container.remove();
  for (let look = 0; look < LOOKS && (await container.inspect()) !== undefined; look += 1) await sleep(PAUSE_MS);
}

/** Removes the networks with these labels; returns their number. */
export async function removeNetworks(engine: Engine, labels: Labels): Promise<number> {
  const networks = await engine.networks.list(labels);
  for (const { id } of networks) await engine.networks.remove(id);
  return networks.length;
}

/** Probes first: they live in the PID namespace of their fleet. */
function probesFirst(containers: readonly ContainerState[]): readonly ContainerState[] {
  const isProbe = ({ labels }: ContainerState): number => (labels[LABELS.role] === "probe" ? 0 : 1);
  return containers.toSorted((a, b) => isProbe(a) - isProbe(b));
}

/**
 * Removes everything of ours that fits: containers in any state, networks, volumes. Whatever vanishes meanwhile is
 * fine. Images stay.
 * @param selection - of one lab, run or variant; everything of ours when empty. With a variant, networks and volumes
 *   stay: they belong to the run.
 */
export async function removeAll(engine: Engine, selection: FleetSelection = {}): Promise<Removed> {
  const labels = selectionLabels(selection);
  const containers = await engine.containers.list(labels);
  for (const container of probesFirst(containers)) await removeContainer(engine.containers.get(container.id));
  if (selection.variant !== undefined) return { ...NOTHING, containers: containers.length };
  const networks = await removeNetworks(engine, labels);
  const volumes = await engine.volumes.list(labels);
  for (const { name } of volumes) await engine.volumes.remove(name);
  return { containers: containers.length, networks, volumes: volumes.length, images: 0 };
}

/** Removes images that exist only while something is built. Call it when nothing is being built. */
async function removeTemporaryImages(engine: Engine): Promise<number> {
  const images = await engine.images.list({ [LABELS.temporary]: "" });
  for (const { id } of images) await engine.images.remove(id);
  return images.length;
}

type Labelled = { readonly labels: Labels };

const labOf = ({ labels }: Labelled): string => labels[LABELS.lab] ?? "";
const runOf = ({ labels }: Labelled): string => labels[LABELS.run] ?? "";
const fleetOf = (one: Labelled): string => `${runOf(one)}/${one.labels[LABELS.variant]}`;
const roleOf = ({ labels }: Labelled): string | undefined => labels[LABELS.role];

/**
 * Chooses what killed commands left: whatever does not run, probes without a fleet, and helpers of builds (seeds and
 * trees) without a command.
 * @param busy - labs that a living command works on
 */
function strayOf(all: readonly ContainerState[], busy: ReadonlySet<string>): readonly ContainerState[] {
  const running = all.filter(({ status }) => status === "running");
  const serving = new Set(running.filter((one) => roleOf(one) === "fleet").map(fleetOf));
  return all.filter((one) => {
    // A seed works for any lab, so it belongs to whoever is busy.
    if (labOf(one) === "" ? busy.size > 0 : busy.has(labOf(one))) return false;
    if (one.status !== "running") return true;
    return !["fleet", "probe"].includes(roleOf(one) ?? "") || !serving.has(fleetOf(one));
  });
}

/**
 * Removes what killed commands left behind; leaves alone fleets that serve and labs that somebody works on. Networks and
 * volumes go with the last container of their run, temporary images when nobody is busy.
 * @param busy - labs whose lock a living command holds
 */
export async function removeStray(engine: Engine, busy: ReadonlySet<string>): Promise<Removed> {
  const all = await engine.containers.list(selectionLabels({}));
  const stray = strayOf(all, busy);
  for (const container of probesFirst(stray)) await removeContainer(engine.containers.get(container.id));
  const left = new Set(all.filter((one) => !stray.includes(one)).map(runOf));
  const unused = (one: Labelled): boolean => !left.has(runOf(one)) && !busy.has(labOf(one));
  const networks = (await engine.networks.list(selectionLabels({}))).filter(unused);
  for (const { id } of networks) await engine.networks.remove(id);
  const volumes = (await engine.volumes.list(selectionLabels({}))).filter(unused);
  for (const { name } of volumes) await engine.volumes.remove(name);
  const images = busy.size === 0 ? await removeTemporaryImages(engine) : 0;
  return { containers: stray.length, networks: networks.length, volumes: volumes.length, images };
}
