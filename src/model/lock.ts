/** Platforms a lock can describe, in OCI notation. */
export type Platform = "linux/amd64" | "linux/arm64";

/** A file of a Debian archive. Names the archive, never a mirror: the mirror is the user's. */
export interface ArchiveFile {
  readonly archive: "debian" | "debian-security";
  readonly suite: string;
  /** Path below the archive's root, e.g. `pool/main/z/zlib/zlib1g_1.3_amd64.deb`. */
  readonly path: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

export interface DebEntry extends ArchiveFile {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

/** An upstream source archive as a Debian source package carries it. */
export interface SourceEntry extends ArchiveFile {
  /** e.g. `cpython-3.13`. */
  readonly name: string;
  /** e.g. `3.13.5`. */
  readonly version: string;
  readonly file: string;
}

/** A wheel or source distribution of the Python package index. */
export interface PythonEntry {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly kind: "wheel" | "sdist";
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** What an image was when somebody built it from this lock. */
export interface ExpectedImage {
  /** Hash over all that the image is made from. Another one: lab, patches or tool changed since, which says nothing. */
  readonly recipe: string;
  /** `sha256:<hex>` each, lowest layer first. */
  readonly diffIds: readonly string[];
  readonly configDigest: string;
  readonly manifestDigest: string;
}

export interface PlatformLock {
  readonly suite: string;
  /** The closure of the runtime root file system, sorted by name. */
  readonly base: readonly DebEntry[];
  /** The closure of the root file system that compiles: base plus compilers and headers. */
  readonly builder: readonly DebEntry[];
  readonly sources: readonly SourceEntry[];
  /** What the application needs at run time, sorted by name. */
  readonly python: readonly PythonEntry[];
  /** What building needs only: pip itself, and the build requirements of source distributions. */
  readonly pythonBuild: readonly PythonEntry[];
  /** By interpreter, and `probe`; not there or `null` while nobody has built them on this platform. */
  readonly expected?: Readonly<Record<string, ExpectedImage>> | null;
}

/** `lab.lock`: canonical JSON. History: 1 - first format. */
export interface LabLock {
  readonly lockVersion: 1;
  readonly lab: string;
  /** sha256 of what the lock was resolved from (requirements, interpreters, package lists): a lab edited since is stale. */
  readonly inputsHash: string;
  readonly platforms: Readonly<Partial<Record<Platform, PlatformLock>>>;
}

/** What an input was replaced by when the mirror no longer carried it. */
export interface ReResolved {
  readonly name: string;
  readonly lockedVersion: string;
  readonly usedVersion: string;
}

/** Lock entries as they are used in this run, with what had to be resolved again. */
export interface FetchedInputs {
  readonly platform: Platform;
  readonly lock: PlatformLock;
  readonly reResolved: readonly ReResolved[];
}
