import type { Dispatcher } from "undici";
import { LabError } from "../model/errors.js";
import { readSmall } from "./body.js";
import type { Challenge } from "./challenge.js";
import type { Credentials } from "./credentials.js";
import { isLoopback } from "./reference.js";

/** A token travels in a header, where servers take some ten thousand letters; in bytes, of the whole answer. */
const LARGEST_ANSWER = 1 << 18;

const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;

function loginNeeded(host: string, cause?: unknown): LabError {
  return new LabError("failed", "the registry does not know you, or does not let you do this", {
    where: host,
    next: `docker login ${host}`,
    cause,
  });
}

/** The realm gets the password: it must not travel in the clear. */
function realmOf(host: string, { parameters }: Challenge): URL {
  const realm = parameters["realm"] ?? "";
  if (!URL.canParse(realm)) throw loginNeeded(host);
  const url = new URL(realm);
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.host) && isLoopback(host))) return url;
  throw new LabError("failed", `the registry sends logins to ${url.origin}, which is not encrypted`, {
    where: host,
    next: "ask who runs it",
  });
}

/** The two requests of Docker's token specification: GET with a password, POST with a refresh token. */
function tokenRequest(
  url: URL,
  query: Record<string, string>,
  credentials: Credentials | undefined,
): Partial<Dispatcher.RequestOptions> & { readonly path: string } {
  if (credentials && "refreshToken" in credentials) {
    const form = { grant_type: "refresh_token", client_id: "majek-lab", refresh_token: credentials.refreshToken };
    return {
      path: url.pathname + url.search,
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ ...query, ...form }).toString(),
    };
  }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const headers = credentials ? { authorization: basic(credentials.username, credentials.password) } : {};
  return { path: url.pathname + url.search, method: "GET", headers };
}

/** The token in an answer of a login service; `undefined` where there is none. */
function tokenIn(text: string): string | undefined {
  try {
    const answer = JSON.parse(text) as { token?: unknown; access_token?: unknown } | null;
    const token = answer?.token ?? answer?.access_token;
    return typeof token === "string" ? token : undefined;
  } catch {
    return undefined;
  }
}

async function bearer(
  dispatcher: Dispatcher,
  host: string,
  challenge: Challenge,
  scope: string,
  credentials: Credentials | undefined,
  signal: AbortSignal,
): Promise<string> {
  const url = realmOf(host, challenge);
  const service = challenge.parameters["service"];
  const query = { scope, ...(service === undefined ? {} : { service }) };
  const options = { method: "GET", ...tokenRequest(url, query, credentials), origin: url.origin, signal } as const;
  const answer = await dispatcher.request(options);
  const { statusCode } = answer;
  const tooLong = (): LabError =>
    loginNeeded(host, new Error(`${url.origin} answered with what is longer than any token`));
  const text = (await readSmall(answer, LARGEST_ANSWER, tooLong)).toString();
  if (statusCode !== 200) throw loginNeeded(host, new Error(`${url.origin} answered ${statusCode}`));
  const token = tokenIn(text);
  // What it said instead may hold a secret.
  if (token === undefined) throw loginNeeded(host, new Error(`${url.origin} answered without a token`));
  return `Bearer ${token}`;
}

/**
 * Answers what a registry wants to know with a value for the header `Authorization`.
 * Basic authentication: RFC 7617. Tokens: "Token Authentication Specification" of the distribution project.
 * @param host - of the registry, with port
 * @param scope - e.g. `repository:course/lab:pull,push`
 * @throws LabError "failed" that names `docker login` where the registry lets nobody in
 */
export async function authorise(
  dispatcher: Dispatcher,
  host: string,
  challenges: readonly Challenge[],
  scope: string,
  credentials: Credentials | undefined,
  signal: AbortSignal,
): Promise<string> {
  const token = challenges.find(({ scheme }) => scheme === "bearer");
  if (token) return bearer(dispatcher, host, token, scope, credentials, signal);
  const plain = challenges.some(({ scheme }) => scheme === "basic");
  if (plain && credentials && "username" in credentials) return basic(credentials.username, credentials.password);
  throw loginNeeded(host);
}

export { loginNeeded };
