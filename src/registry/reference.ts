import { LabError } from "../model/errors.js";

/** Where a lab lives in a registry. */
export interface RegistryReference {
  /** Host with port, e.g. `registry.example.org:5000`. */
  readonly host: string;
  /** Path of the repository, e.g. `course/django-8workers`. */
  readonly repository: string;
  /** What to ask for: a tag, or `sha256:...`. */
  readonly version: string;
}

// distribution-spec 1.1, "Pulling manifests": <name> and <reference>.
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;

function refused(text: string, why: string): LabError {
  return new LabError("usage", `not a registry reference: ${why}`, {
    where: text,
    next: "write HOST[:PORT]/REPOSITORY[:TAG], for example localhost:5000/course/django-8workers:v1",
  });
}

/** `name:tag`, `name@digest` or `name`, which is its tag `latest`. */
function splitVersion(text: string, rest: string): { repository: string; version: string } {
  const at = rest.indexOf("@");
  if (at >= 0) {
    const digest = rest.slice(at + 1);
    if (!DIGEST.test(digest)) throw refused(text, "after @ comes sha256: and 64 hexadecimal digits");
    // A tag beside a digest says nothing more.
    return { repository: rest.slice(0, at).replace(/:[^:/]*$/, ""), version: digest };
  }
  const colon = rest.lastIndexOf(":");
  if (colon < 0) return { repository: rest, version: "latest" };
  const tag = rest.slice(colon + 1);
  if (!TAG.test(tag)) throw refused(text, "a tag has letters, digits, dots, dashes and underscores, 128 at most");
  return { repository: rest.slice(0, colon), version: tag };
}

/** Whether text looks like a registry reference rather than a file or the name of a lab. */
export function looksLikeReference(text: string): boolean {
  const [host, ...rest] = text.split("/");
  return rest.length > 0 && host !== undefined && isHost(host);
}

/** The rule of every container tool: a dot, a port, or this very name make the first part a host. */
function isHost(part: string): boolean {
  return HOST.test(part) && (part === "localhost" || /[.:]/.test(part));
}

/**
 * Reads `HOST[:PORT]/REPOSITORY[:TAG|@DIGEST]`. The host is always named: no registry is assumed.
 * @throws LabError "usage"
 */
export function parseReference(text: string): RegistryReference {
  const slash = text.indexOf("/");
  const host = text.slice(0, Math.max(slash, 0));
  if (!isHost(host)) throw refused(text, "it does not begin with the host of a registry");
  const { repository, version } = splitVersion(text, text.slice(slash + 1));
  if (!REPOSITORY.test(repository)) {
    throw refused(text, "a repository has lower-case letters, digits and . _ - between them, in parts divided by /");
  }
  return { host, repository, version };
}

/** The same reference as text. */
export function formatReference({ host, repository, version }: RegistryReference): string {
  return `${host}/${repository}${DIGEST.test(version) ? "@" : ":"}${version}`;
}

/** Whether a host is this machine; only there may a registry speak without TLS. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.[0-9]+){3}|\[::1\])(?::[0-9]+)?$/i.test(host);
}
