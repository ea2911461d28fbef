import { TEMPORARY_LABEL } from "../model/guest.js";

/** Label keys. Run and owner labels go on containers, networks and volumes only; images carry deterministic ones. */
export const LABELS = {
  lab: "org.majek-lab.lab",
  run: "org.majek-lab.run",
  owner: "org.majek-lab.owner",
  variant: "org.majek-lab.variant",
  /** `fleet`, `probe`, `database`, `seed`, `tree` (a container made only to read a built tree). */
  role: "org.majek-lab.role",
  /** On images that exist only while building. */
  temporary: TEMPORARY_LABEL,
  /** One build, by a random name: all that it makes is found and removed by this. */
  build: "org.majek-lab.build",
  /** Hash of everything that decides what a container runs; `up` compares it. */
  configHash: "org.majek-lab.config-hash",
  /** Folder of the run that measures a fleet, so that it is found from any working directory. */
  results: "org.majek-lab.results",
} as const;

/** A filter as the engine's lists want it; an empty value asks for the key alone. */
export function labelFilter(labels: Readonly<Record<string, string>>): { label: string[] } {
  return { label: Object.entries(labels).map(([key, value]) => (value === "" ? key : `${key}=${value}`)) };
}
