import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { Agent, type Dispatcher, EnvHttpProxyAgent } from "undici";
import { readTextIfPresent } from "../system/files.js";
import { isLoopback } from "./reference.js";

/** Where engines look for authorities of single registries, and where most systems keep their own. */
const ENGINE_FOLDERS = ["/etc/docker/certs.d", "/etc/containers/certs.d"];
const SYSTEM_BUNDLES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

const IDLE_MS = 60_000;

async function certificatesIn(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch(() => []);
  return Promise.all(files.filter((file) => file.endsWith(".crt")).map((file) => readFile(join(folder, file), "utf8")));
}

/**
 * Authorities that may vouch for a registry, as PEM: Node's own, the system's, those that the environment names, and
 * what was put aside for this host where engines look for it.
 * @param host - with port
 * @param named - paths of further PEM bundles
 * @param folders - each with a folder per host
 */
export async function trustedAuthorities(
  host: string,
  named: readonly string[],
  folders: readonly string[] = ENGINE_FOLDERS,
): Promise<string[]> {
  const bundles = await Promise.all(SYSTEM_BUNDLES.map(readTextIfPresent));
  const own = await Promise.all(folders.map((folder) => certificatesIn(join(folder, host))));
  const more = await Promise.all([...new Set(named)].map((file) => readFile(file, "utf8")));
  return [...rootCertificates, ...bundles.filter((one) => one !== undefined), ...more, ...own.flat()];
}

/** Connections to one registry: directly where it is this machine, else through the proxies of the environment. */
export function connections(host: string, ca: readonly string[]): Dispatcher {
  const tls = { ca: [...ca] };
  const limits = { headersTimeout: IDLE_MS, bodyTimeout: IDLE_MS };
  if (isLoopback(host)) return new Agent({ connect: tls, ...limits });
  return new EnvHttpProxyAgent({ connect: tls, requestTls: tls, proxyTls: tls, ...limits });
}
