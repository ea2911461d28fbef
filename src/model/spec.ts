/**
 * What can run before the first fork: `gc.freeze()`, the string segment, and `gc.seal()`, whose rungs go from reference
 * counts alone to everything; `seal-hot` is everything, with code that still specializes.
 */
export const BEFORE_FORK = [
  "freeze",
  "string-segment",
  "seal-counts",
  "seal-caches",
  "seal-arenas",
  "seal",
  "seal-hot",
] as const;

/**
 * How a worker serves: `sync` one request at a time, `gthread` one in each of its threads, `uvicorn` an ASGI application in
 * one event loop.
 */
export const WORKER_CLASSES = ["sync", "gthread", "uvicorn"] as const;

export type WorkerClass = (typeof WORKER_CLASSES)[number];

export type BeforeFork = (typeof BEFORE_FORK)[number];

/** `3.13` is the stock interpreter of that minor, `3.13+majek` the patched one. */
export type InterpreterId = `${number}.${number}` | `${number}.${number}+majek`;

export interface AppSpec {
  /** Folder of the application, relative to the lab folder; never outside it. */
  readonly path: string;
  /** `module:callable`. */
  readonly wsgi: string;
  /** `module:callable` of the ASGI application, for variants of worker class `uvicorn`. */
  readonly asgi?: string;
  /** PEP 508 requirements, e.g. `Django==5.2.*`. */
  readonly requirements: readonly string[];
  /** Debian packages beside those of every lab, e.g. `libstdc++6`. */
  readonly apt: readonly string[];
  /** `sqlite`: a file in the fleet's memory; `postgres`: a server in a container beside each fleet. */
  readonly database: "sqlite" | "postgres" | "none";
  /** Script inside the app folder run once at image build, without network; `null`: none. */
  readonly prepare: string | null;
  /** File made by `prepare`: SQLite's, copied to tmpfs when the fleet starts, or SQL for PostgreSQL; `null` without a database. */
  readonly fixture: string | null;
  /** Settings module of a Django project, for steps and fleets; `null`: the application knows itself. */
  readonly settings: string | null;
  /** Management commands with their arguments, run once at image build after `prepare`, without network. */
  readonly steps: readonly string[];
  /** Environment variables of `prepare`, steps and every fleet. Public: they are in images and results. */
  readonly env: Readonly<Record<string, string>>;
}

export interface FleetSpec {
  readonly server: "gunicorn";
  readonly workers: number;
  /** Memory limit of the fleet container, in bytes. */
  readonly memoryBytes: number;
  /** A worker is replaced after this many requests; 0: never. */
  readonly maxRequests: number;
}

export interface PathSpec {
  readonly path: string;
  /** Share of the requests, relative to the sum of all weights. */
  readonly weight: number;
  /** Expected HTTP status. */
  readonly status: number;
}

export interface LoadSpec {
  readonly paths: readonly PathSpec[];
  /** Closed-loop clients. */
  readonly concurrency: number;
  readonly requestsPerWorker: number;
  /** Requests per worker at which the fleet is measured; ascending, first is 0 when given so. */
  readonly checkpoints: readonly number[];
  readonly seed: number;
  /** Regular expressions; what they match is blanked before bodies are compared. */
  readonly mask: readonly string[];
}

export interface VariantSpec {
  readonly name: string;
  readonly python: InterpreterId;
  readonly preload: boolean;
  readonly beforeFork: readonly BeforeFork[];
  /** Requests served in the master before the fork. */
  readonly warmup: number;
  /** Worker processes of this variant's fleet; `null`: as many as the lab's `fleet.workers`. */
  readonly workers: number | null;
  /** Left out for `sync`. */
  readonly workerClass?: Exclude<WorkerClass, "sync">;
  /** Threads of each worker; left out where it is one. */
  readonly threads?: number;
  /** Environment variables of this variant's fleet, for its application. */
  readonly env: Readonly<Record<string, string>>;
}

/** Worker processes of a variant's fleet. */
export function workersOf({ fleet }: { readonly fleet: Pick<FleetSpec, "workers"> }, variant: VariantSpec): number {
  return variant.workers ?? fleet.workers;
}

export interface ShortSpec {
  readonly requestsPerWorker: number;
  readonly expect: readonly string[];
}

/** A lab file, checked and with every default filled in. */
export interface LabSpec {
  readonly apiVersion: "majek-lab/v1";
  readonly name: string;
  readonly title: string;
  readonly app: AppSpec;
  /** Name of the lab beside this one whose application, lock and images are used; `null`: its own. */
  readonly appFrom: string | null;
  readonly fleet: FleetSpec;
  readonly load: LoadSpec;
  /** In the order of the file; names are unique. */
  readonly variants: readonly VariantSpec[];
  /** Name of the variant that others are compared with. */
  readonly baseline: string;
  /** Below this many requests per worker expectations are "undecided". */
  readonly expectFrom: number;
  readonly expect: readonly string[];
  readonly short: ShortSpec | null;
}

/** Files of an application: those of a later folder hide those of an earlier one. */
export interface AppLayer {
  /** Absolute. */
  readonly folder: string;
  /** Files and folders of it that are left out, relative. */
  readonly except: readonly string[];
}

/** What images are made of, and whose name they carry. */
export interface LabSource extends Pick<LabSpec, "name" | "app" | "variants"> {
  /** Absolute folder that holds its lab.yaml. */
  readonly directory: string;
  /** Its application's folder, last, and what that is laid over. */
  readonly layers: readonly AppLayer[];
  /** The lab whose application it is laid over, with its absolute folder; `null`: none. */
  readonly below: { readonly name: string; readonly directory: string } | null;
}

/** A lab on disk. */
export interface Lab {
  readonly spec: LabSpec;
  /** Absolute folder that holds lab.yaml. */
  readonly directory: string;
  /** Absolute path of lab.yaml. */
  readonly file: string;
  /** The lab that owns application, lock and images: this one, or the one of `appFrom`. */
  readonly source: LabSource;
  /** Absolute path of the source's lab.lock, which may not exist. */
  readonly lockFile: string;
  /** sha256 (hex) over lab.yaml and the app tree: the identity of what is measured. */
  readonly hash: string;
}
