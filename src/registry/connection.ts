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
 * Authorities that may vouch for a registry, as PEM: Node's own, the system's, the bundle that the environment names, and
 * what was put aside for this host where engines look for it.
 * @param host - with port
 * @param caBundle - absolute path of a further PEM bundle
 * @param folders - each with a folder per host
 */
export async function trustedAuthorities(
  host: string,
  caBundle: string | undefined,
  folders: readonly string[] = ENGINE_FOLDERS,
): Promise<string[]> {
  const bundles = await Promise.all(SYSTEM_BUNDLES.map(readTextIfPresent));
  const own = await Promise.all(folders.map((folder) => certificatesIn(join(folder, host))));
  const named = caBundle === undefined ? [] : [await readFile(caBundle, "utf8")];
  return [...rootCertificates, ...bundles.filter((one) => one !== undefined), ...named, ...own.flat()];
}

/** Connections to one registry: directly where it is this machine, else through the proxies of the environment. */
export function connections(host: string, ca: readonly string[]): Dispatcher {
  const tls = { ca: [...ca] };
  const limits = { headersTimeout: IDLE_MS, bodyTimeout: IDLE_MS };
  if (isLoopback(host)) return new Agent({ connect: tls, ...limits });
  return new EnvHttpProxyAgent({ connect: tls, requestTls: tls, proxyTls: tls, ...limits });
}
