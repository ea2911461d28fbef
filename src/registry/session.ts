import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { type Dispatcher, interceptors } from "undici";
import { LabError } from "../model/errors.js";
import { parseChallenges } from "./challenge.js";
import { connections, trustedAuthorities } from "./connection.js";
import { type Credentials, findCredentials } from "./credentials.js";
import { isLoopback, type RegistryReference } from "./reference.js";
import { authorise, loginNeeded } from "./token.js";

/** One request to a registry; its body is made anew for each attempt. */
export interface RegistryRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  /** Path below the host, or a whole address that the registry gave. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: () => Readable | Buffer;
}

type Answer = Dispatcher.ResponseData;

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 200;
/** Answers after which the same request may succeed: too many, and gateways between. */
const PASSING = new Set([408, 429, 502, 503, 504]);
/** Ways in which a connection breaks. */
const BROKEN = new Set([
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);

const codeOf = (error: unknown): string => String((error as { code?: unknown } | undefined)?.code ?? "");

/** Whether the other side spoke HTTP where TLS was tried. */
const isPlainHttp = (error: unknown): boolean => /EPROTO|WRONG_VERSION_NUMBER|HTTP_REQUEST/.test(codeOf(error));

/** Whether a connection broke in a way that a second attempt may not meet. */
export function isBroken(error: unknown): boolean {
  return BROKEN.has(codeOf(error)) || BROKEN.has(codeOf((error as Error).cause));
}

/** A registry as somebody who is allowed to use a repository. */
export class RegistrySession {
  readonly reference: RegistryReference;
  readonly #dispatcher: Dispatcher;
  readonly #following: Dispatcher;
  readonly #origin: string;
  readonly #scope: string;
  readonly #credentials: Credentials | undefined;
  readonly #signal: AbortSignal;
  #authorization: string | undefined;

  private constructor(
    reference: RegistryReference,
    dispatcher: Dispatcher,
    origin: string,
    scope: string,
    credentials: Credentials | undefined,
    signal: AbortSignal,
  ) {
    this.reference = reference;
    this.#dispatcher = dispatcher;
    // Blobs often lie elsewhere; what follows keeps the password from there.
    this.#following = dispatcher.compose(interceptors.redirect({ maxRedirections: 5 }));
    this.#origin = origin;
    this.#scope = scope;
    this.#credentials = credentials;
    this.#signal = signal;
  }

  /**
   * Finds out how the registry wants to be spoken to: with TLS, except on this machine, where one without is tried next.
   * @param may - what will be done with the repository
   * @param place.dockerConfigDir - folder of the `config.json` that `docker login` writes
   * @param place.authorities - PEM bundles to trust beside the system's
   * @throws LabError "failed" where nobody answers or the certificate is not trusted
   */
  static async open(
    reference: RegistryReference,
    may: "pull" | "pull,push",
    place: { readonly dockerConfigDir: string; readonly authorities: readonly string[] },
    signal: AbortSignal,
  ): Promise<RegistrySession> {
    const { host, repository } = reference;
    const credentials = await findCredentials(place.dockerConfigDir, host);
    const dispatcher = connections(host, await trustedAuthorities(host, place.authorities));
    const scope = `repository:${repository}:${may}`;
    const session = (protocol: string): RegistrySession =>
      new RegistrySession(reference, dispatcher, `${protocol}://${host}`, scope, credentials, signal);
    try {
      return await session("https").#greet();
    } catch (error) {
      if (error instanceof LabError && isLoopback(host) && isPlainHttp(error.cause)) return session("http").#greet();
      throw error;
    }
  }

  async #greet(): Promise<this> {
    const answer = await this.request({ method: "GET", path: "/v2/" });
    await answer.body.dump();
    if (answer.statusCode === 200) return this;
    throw new LabError("failed", `this is no container registry: it answered ${answer.statusCode}`, {
      where: `${this.#origin}/v2/`,
      next: "check the host and its port",
    });
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  /** Sends a request, again where the connection broke or the registry was busy. The caller reads the body. */
  async request(request: RegistryRequest): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt === ATTEMPTS;
      try {
        const answer = await this.#authorised(request);
        if (last || !PASSING.has(answer.statusCode)) return answer;
        await answer.body.dump();
      } catch (error) {
        if (this.#signal.aborted) throw this.#signal.reason;
        if (error instanceof LabError) throw error;
        if (last || !isBroken(error)) throw this.unreachable(error);
      }
      await sleep(FIRST_PAUSE_MS * 2 ** attempt, undefined, { signal: this.#signal });
    }
  }

  async #authorised(request: RegistryRequest): Promise<Answer> {
    const first = await this.#send(request);
    if (first.statusCode !== 401) return first;
    await first.body.dump();
    const header = first.headers["www-authenticate"];
    const challenges = parseChallenges([header ?? []].flat().join(", "));
    const { host } = this.reference;
    this.#authorization = await authorise(
      this.#dispatcher,
      host,
      challenges,
      this.#scope,
      this.#credentials,
      this.#signal,
    );
    const second = await this.#send(request);
    if (second.statusCode !== 401) return second;
    await second.body.dump();
    throw loginNeeded(host);
  }

  #send({ method, path, headers, body }: RegistryRequest): Promise<Answer> {
    const url = new URL(path, this.#origin);
    // An address that the registry gave may be of another host, which must not see the password.
    const own = url.origin === this.#origin && this.#authorization !== undefined;
    const dispatcher = method === "GET" ? this.#following : this.#dispatcher;
    return dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: { ...headers, ...(own ? { authorization: this.#authorization } : {}) },
      body: body?.() ?? null,
      signal: this.#signal,
    });
  }

  /** What users are told of a connection that failed. */
  unreachable(error: unknown): LabError {
    const { message } = error as Error;
    const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME/.test(codeOf(error));
    return new LabError("failed", untrusted ? `the registry is not trusted: ${message}` : `no answer: ${message}`, {
      where: this.#origin,
      next: untrusted
        ? `put the certificate of its authority into /etc/docker/certs.d/${this.reference.host}/ca.crt`
        : "check the host, its port and the network",
      cause: error,
    });
  }
}
