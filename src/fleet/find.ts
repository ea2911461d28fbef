import { LABELS } from "../docker/labels.js";
import type { ContainerState, Engine, Labels } from "../docker/types.js";

/** Which fleets are meant; an empty selection means all of ours. */
export interface FleetSelection {
  readonly lab?: string;
  readonly run?: string;
  readonly variant?: string;
}

/** A fleet as the engine has it, whoever started it. */
export interface FoundFleet {
  readonly lab: string;
  readonly run: string;
  readonly variant: string;
  readonly owner: string;
  readonly configHash: string;
  /** Folder of the run that measured it. */
  readonly results: string;
  readonly status: ContainerState["status"];
  readonly outOfMemory: boolean;
  /** On 127.0.0.1; `null` while it does not run. */
  readonly port: number | null;
  /** Seconds since the epoch. */
  readonly createdAt: number;
  /** Container id, for logs and exec. */
  readonly id: string;
}

/**
 * Labels that select exactly our objects: an empty value asks for the label alone, so that even an empty selection
 * never matches somebody else's.
 */
export function selectionLabels({ lab, run, variant }: FleetSelection): Labels {
  return {
    [LABELS.owner]: "",
    ...(lab === undefined ? {} : { [LABELS.lab]: lab }),
    ...(run === undefined ? {} : { [LABELS.run]: run }),
    ...(variant === undefined ? {} : { [LABELS.variant]: variant }),
  };
}

function found({ labels, status, outOfMemory, port, createdAt, id }: ContainerState): FoundFleet {
  const label = (key: string): string => labels[key] ?? "";
  return {
    lab: label(LABELS.lab),
    run: label(LABELS.run),
    variant: label(LABELS.variant),
    owner: label(LABELS.owner),
    configHash: label(LABELS.configHash),
    results: label(LABELS.results),
    status,
    outOfMemory,
    port,
    createdAt,
    id,
  };
}

/** Fleets by label, oldest first; stopped ones too. */
export async function listFleets(engine: Engine, selection: FleetSelection = {}): Promise<readonly FoundFleet[]> {
  const containers = await engine.containers.list({ ...selectionLabels(selection), [LABELS.role]: "fleet" });
  return containers.map(found).sort((a, b) => a.createdAt - b.createdAt || (a.variant < b.variant ? -1 : 1));
}

/** Names of the labs that have anything on the engine: containers, networks or volumes. */
export async function labsOnEngine(engine: Engine): Promise<ReadonlySet<string>> {
  const ours = selectionLabels({});
  const found = await Promise.all([
    engine.containers.list(ours),
    engine.networks.list(ours),
    engine.volumes.list(ours),
  ]);
  const names = found.flat().map(({ labels }: { readonly labels: Labels }) => labels[LABELS.lab] ?? "");
  // What works for any lab, such as a seed, carries an empty name.
  return new Set(names.filter((name) => name !== "").sort());
}
