/** Where things are inside lab images, for every stage that names them. Part of cached trees: a change rebuilds them. */
export const LAYOUT = {
  /** The interpreter. */
  prefix: "/opt/python",
  /** The lab: `lib` (packages), `app`, `harness`. */
  lab: "/srv/lab",
  /** The probe's tree, and its program. */
  probe: "/probe",
  probeProgram: "/probe/majek-probe",
  /** Where the harness writes: database copy, heartbeat files, the gate; a tmpfs in fleets. */
  run: "/run/majek",
} as const;

/** How an application reaches the PostgreSQL beside its fleet (guest/harness, `postgres.py`): libpq's own variables. */
export const POSTGRES = {
  PGHOST: "/run/postgresql",
  PGDATABASE: "lab",
  PGUSER: "lab",
} as const;

/** The socket that libpq makes of that folder and its default port. */
export const POSTGRES_SOCKET = `${POSTGRES.PGHOST}/.s.PGSQL.5432`;

/** Debian's name for the user that the server runs as: PostgreSQL refuses one without a name. */
export const POSTGRES_USER = "postgres";

/** Whether a minor version is of Python 2, which is built, installed and started in other words. */
export function isPython2(minor: string): boolean {
  return minor.startsWith("2.");
}

/**
 * uid:gid of everything in a fleet. Without a name, so that no file of the image needs to know it; not 1000, which is
 * somebody on most hosts. The image's files belong to root, so that a fleet cannot change them.
 */
export const FLEET_USER = "10001:10001";

/** 1980-01-01, the time of everything we write: the earliest that zip-based tools accept. Seconds since the epoch. */
export const SOURCE_DATE_EPOCH = 315_532_800;

/** On stages and images that exist only while building, so that they are found and removed. */
export const TEMPORARY_LABEL = "org.majek-lab.temporary";
