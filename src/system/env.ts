import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";

/** Everything the tool takes from its environment, read in this one file. */
export interface Environment {
  /** Content store; `MAJEK_LAB_CACHE`, else `$XDG_CACHE_HOME/majek-lab`, else `~/.cache/majek-lab`. */
  readonly cacheDir: string;
  /** Read-only folders that are looked at before the store and the network (`MAJEK_LAB_INPUTS`, separated like PATH). */
  readonly inputs: readonly string[];
  /** Base URL of the Debian mirror for seed and downloads; `undefined`: what the host's apt uses. */
  readonly debianMirror: string | undefined;
  /** `MAJEK_LAB_SEED_IMAGE`: a Debian image to make the seed from. */
  readonly seedImage: string | undefined;
  /** `DOCKER_HOST`, or `undefined`: the usual sockets are tried. */
  readonly dockerHost: string | undefined;
  readonly xdgRuntimeDir: string | undefined;
  /** Folder of the `config.json` that `docker login` writes: `DOCKER_CONFIG`, else `~/.docker`. */
  readonly dockerConfigDir: string;
  /** Who owns what we create, for labels: `user@host`-free, just the user name. */
  readonly owner: string;
  /** Any non-empty NO_COLOR, or TERM=dumb. */
  readonly plain: boolean;
  /** Proxy and package-index variables that seeds hand on to apt and pip, as they are on the host. */
  readonly passThrough: Readonly<Record<string, string>>;
  /** A PEM bundle that replaces the seed's own: the first of {@link CA_VARIABLES} that is set. */
  readonly caBundle: string | undefined;
  /** Every PEM bundle that the environment names: for connections of our own. */
  readonly authorities: readonly string[];
  /** MAJEK_LAB_* twins of command-line flags, by variable name. */
  readonly flags: Readonly<Record<string, string>>;
}

/** Variables that name a CA bundle; last the one that only adds to a program's own. */
export const CA_VARIABLES = ["SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] as const;

const PASS_THROUGH =
  /^(https?_proxy|no_proxy|all_proxy|ftp_proxy|pip_(index_url|extra_index_url|trusted_host|default_timeout|retries))$/i;

type Variables = Readonly<Record<string, string | undefined>>;

function pick(variables: Variables, wanted: (name: string) => boolean): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => wanted(entry[0]) && entry[1] !== undefined),
  );
}

/** Present and not empty; an empty variable means "not set", as in the shell's `${X:-default}`. */
function value(variables: Variables, name: string): string | undefined {
  return variables[name] || undefined;
}

/**
 * Reads the environment once.
 * @param variables - the variables to read; the process's own unless a test gives others
 */
export function readEnvironment(variables: Variables = process.env): Environment {
  const home = value(variables, "HOME") ?? homedir();
  const cacheHome = value(variables, "XDG_CACHE_HOME") ?? join(home, ".cache");
  const authorities = CA_VARIABLES.map((name) => value(variables, name)).filter((path) => path !== undefined);
  return {
    cacheDir: resolve(value(variables, "MAJEK_LAB_CACHE") ?? join(cacheHome, "majek-lab")),
    inputs: (variables["MAJEK_LAB_INPUTS"] ?? "")
      .split(delimiter)
      .filter(Boolean)
      .map((path) => resolve(path)),
    debianMirror: value(variables, "MAJEK_LAB_DEBIAN_MIRROR"),
    seedImage: value(variables, "MAJEK_LAB_SEED_IMAGE"),
    dockerHost: value(variables, "DOCKER_HOST"),
    xdgRuntimeDir: value(variables, "XDG_RUNTIME_DIR"),
    dockerConfigDir: resolve(value(variables, "DOCKER_CONFIG") ?? join(home, ".docker")),
    owner: value(variables, "SUDO_USER") ?? value(variables, "USER") ?? "root",
    plain: Boolean(value(variables, "NO_COLOR")) || variables["TERM"] === "dumb",
    passThrough: pick(variables, (name) => PASS_THROUGH.test(name)),
    caBundle: authorities[0],
    authorities,
    flags: pick(variables, (name) => name.startsWith("MAJEK_LAB_")),
  };
}

function hostOf(address: string): string {
  const url = address.includes("://") ? address : `http://${address}`;
  return URL.canParse(url) ? new URL(url).hostname : "";
}

/** Names of the proxy variables that mean this machine itself: in a container, that is the container. */
export function localProxies({ passThrough }: Pick<Environment, "passThrough">): readonly string[] {
  const isLocal = (address: string): boolean => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/i.test(hostOf(address));
  return Object.keys(passThrough).filter((name) => /(?<!^no)_proxy$/i.test(name) && isLocal(passThrough[name] ?? ""));
}
