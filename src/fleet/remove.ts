import { setTimeout as sleep } from "node:timers/promises";
import { LABELS } from "../docker/labels.js";
import type { Container, ContainerState, Engine, Labels, NetworkPort, VolumePort } from "../docker/types.js";
import type { Progress } from "../model/progress.js";
import { type FleetSelection, selectionLabels } from "./find.js";

/** How many of each were removed. */
export interface Removed {
  readonly containers: number;
  readonly networks: number;
  readonly volumes: number;
  readonly images: number;
}

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
  const isProbe = (one: ContainerState): number => (roleOf(one) === "probe" ? 0 : 1);
  return containers.toSorted((a, b) => isProbe(a) - isProbe(b));
}

/** What the engine has of ours at one moment. */
export interface Everything {
  readonly containers: readonly ContainerState[];
  readonly networks: Awaited<ReturnType<NetworkPort["list"]>>;
  readonly volumes: Awaited<ReturnType<VolumePort["list"]>>;
}

/** Lists what fits: containers in any state, networks, volumes. */
export async function findAll(engine: Engine, selection: FleetSelection = {}): Promise<Everything> {
  const labels = selectionLabels(selection);
  const [containers, networks, volumes] = await Promise.all([
    engine.containers.list(labels),
    engine.networks.list(labels),
    engine.volumes.list(labels),
  ]);
  return { containers, networks, volumes };
}

/** Where it is said which fleet is being removed. */
export type Steps = Pick<Progress, "step">;

async function removeOne(engine: Engine, { id, labels }: ContainerState, steps: Steps | undefined): Promise<void> {
  const isFleet = labels[LABELS.role] === "fleet";
  const step = isFleet ? steps?.step(`Fleet ${labels[LABELS.lab]} ${labels[LABELS.variant]}`) : undefined;
  try {
    await removeContainer(engine.containers.get(id));
    step?.done("removed");
  } catch (error) {
    step?.fail();
    throw error;
  }
}

/** Removes exactly these. Whatever vanishes meanwhile is fine. */
export async function removeFound(
  engine: Engine,
  { containers, networks, volumes }: Everything,
  steps?: Steps,
): Promise<Removed> {
  for (const container of probesFirst(containers)) await removeOne(engine, container, steps);
  for (const { id } of networks) await engine.networks.remove(id);
  for (const { name } of volumes) await engine.volumes.remove(name);
  return { containers: containers.length, networks: networks.length, volumes: volumes.length, images: 0 };
}

/**
 * Removes everything of ours that fits: containers in any state, networks, volumes. Whatever vanishes meanwhile is
 * fine. Images stay.
 * @param selection - of one lab, run or variant; everything of ours when empty. With a variant, networks stay: they belong
 *   to the run.
 */
export async function removeAll(engine: Engine, selection: FleetSelection = {}, steps?: Steps): Promise<Removed> {
  const found = await findAll(engine, selection);
  return removeFound(engine, selection.variant === undefined ? found : { ...found, networks: [] }, steps);
}

type Labelled = { readonly labels: Labels };

const labOf = ({ labels }: Labelled): string => labels[LABELS.lab] ?? "";
const runOf = ({ labels }: Labelled): string => labels[LABELS.run] ?? "";
const fleetOf = (one: Labelled): string => `${runOf(one)}/${one.labels[LABELS.variant]}`;
const roleOf = ({ labels }: Labelled): string | undefined => labels[LABELS.role];

/**
 * Chooses what killed commands left: whatever does not run, probes and databases without a fleet, and helpers of builds (seeds and
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
    return !["fleet", "probe", "database"].includes(roleOf(one) ?? "") || !serving.has(fleetOf(one));
  });
}

/** Labs whose lock a living command holds, at the moment of the call. */
export type BusyLabs = () => Promise<ReadonlySet<string>>;

/** What killed commands left on the engine, at one moment. */
export interface Stray extends Everything {
  /** Ids of images that exist only while something is built. */
  readonly images: readonly string[];
}

/**
 * Finds what killed commands left behind, without fleets that serve and labs that somebody works on. Networks and volumes are
 * left over with the last container of their run, temporary images when nobody is busy.
 * @param busyLabs - asked once everything was listed: what a command that began meanwhile makes is not in the lists, and
 *   whoever made what is in them is busy, or gone for good
 */
export async function findStray(engine: Engine, busyLabs: BusyLabs): Promise<Stray> {
  const all = await findAll(engine);
  const temporary = await engine.images.list({ [LABELS.temporary]: "" });
  const busy = await busyLabs();
  const containers = strayOf(all.containers, busy);
  const left = new Set(all.containers.filter((one) => !containers.includes(one)).map(runOf));
  const unused = (one: Labelled): boolean => !left.has(runOf(one)) && !busy.has(labOf(one));
  const images = busy.size > 0 ? [] : temporary.map(({ id }) => id);
  return { containers, networks: all.networks.filter(unused), volumes: all.volumes.filter(unused), images };
}

/** Removes what {@link findStray} finds. @param busyLabs - see there */
export async function removeStray(engine: Engine, busyLabs: BusyLabs, steps?: Steps): Promise<Removed> {
  const stray = await findStray(engine, busyLabs);
  const removed = await removeFound(engine, stray, steps);
  let images = 0;
  for (const id of stray.images) if (await engine.images.removeUnused(id)) images += 1;
  return { ...removed, images };
}
