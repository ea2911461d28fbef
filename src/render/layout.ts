/** Where things are inside lab images. Part of cached trees: a change rebuilds them. */
export const LAYOUT = {
  /** The interpreter. */
  prefix: "/opt/python",
  /** The lab: `lib` (packages), `app`, `harness`. */
  lab: "/srv/lab",
  /** The probe's tree, and its program. */
  probe: "/probe",
  probeProgram: "/probe/majek-probe",
  /** Where the harness writes; a tmpfs in fleets. */
  run: "/run/majek",
} as const;

/** 1980-01-01, the time of everything we write: the earliest that zip-based tools accept. Seconds since the epoch. */
export const SOURCE_DATE_EPOCH = 315_532_800;

/** On stages that exist only while building, so that they are found and removed. */
export const TEMPORARY_LABEL = "org.majek-lab.temporary";
