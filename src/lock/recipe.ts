/** The Debian release that every root file system is made from. */
export const SUITE = "trixie";

/** Raised whenever the lists below or the way they are resolved change: locks made before are stale. */
export const LOCK_RECIPE = 1;

/** Raised whenever what a seed consists of changes. Names the seed's tag. */
export const SEED_RECIPE = 1;

export const SEED_IMAGE = `localhost/majek-lab/seed:${SUITE}-${SEED_RECIPE}`;

/** What a seed holds beside apt: the tools that resolve, download and make root file systems. */
export const SEED_PACKAGES: readonly string[] = [
  "apt-utils",
  "ca-certificates",
  "mmdebstrap",
  "python3",
  "python3-pip",
  "xz-utils",
];

/** Packages marked Essential, without apt (which apt itself counts in): images install nothing later. */
const ESSENTIAL = "?and(?essential,?not(?name(^apt$)))";

/**
 * What a CPython built by us, Django and a shell need at run time. No certificates: fleets have no way out.
 * tzdata, because Django asks zoneinfo for UTC.
 */
export const BASE_PACKAGES: readonly string[] = [
  ESSENTIAL,
  "libbz2-1.0",
  "libffi8",
  "liblzma5",
  "libsqlite3-0",
  "libssl3t64",
  "libuuid1",
  "tzdata",
  "zlib1g",
];

/** What compiling CPython, its generated sources (these need a whole Python), extension modules and the probe needs on top. */
export const BUILDER_PACKAGES: readonly string[] = [
  ...BASE_PACKAGES,
  "gcc",
  "libbz2-dev",
  "libc6-dev",
  "libffi-dev",
  "liblzma-dev",
  "libsqlite3-dev",
  "libssl-dev",
  "make",
  "patch",
  "pkgconf",
  "python3",
  "uuid-dev",
  "xz-utils",
  "zlib1g-dev",
];
