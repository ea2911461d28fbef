/**
 * What a second build does otherwise on purpose, because none of it may show in the bytes. Host name and clock differ
 * by themselves: each step runs in a container of its own, at its own time.
 */
export interface Conditions {
  /** POSIX notation, since a root file system need not have zone files. */
  readonly timeZone: string;
  /** As the shell takes it, e.g. `077`. */
  readonly umask: string;
  /** What `nproc` answers (it obeys OpenMP's variable), and so `make -j`. */
  readonly jobs: number;
  /** Seconds since the epoch: the time of every file of the build context. */
  readonly contextTime: number;
}

/** Conditions unlike those of a build on this machine. @param cpus - of the engine */
export function otherConditions(cpus: number): Conditions {
  return { timeZone: "XXX-13:45", umask: "077", jobs: cpus + 1, contextTime: 1_234_567_890 };
}

/** A Dockerfile whose RUN steps begin under other conditions; what a step sets itself still holds. */
export function underConditions(dockerfile: string, { timeZone, umask, jobs }: Conditions): string {
  return dockerfile.replace(/^RUN /gm, `RUN umask ${umask}; export TZ=${timeZone} OMP_NUM_THREADS=${jobs}; `);
}
