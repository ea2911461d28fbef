import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A server of this machine's own pages. */
export interface LocalServer {
  /** With the token in it: who knows the address may look. */
  readonly address: string;
  close(): Promise<void>;
}

/** What a page may do besides loading its own files. */
export interface LocalPages {
  /** Methods that are answered. */
  readonly methods: readonly string[];
  /** Pages of this server may be framed by each other. */
  readonly framed: boolean;
  /**
   * Answers a request that has the token and a name this server is known by.
   * @param name - the path behind the token
   */
  handle(name: string, request: IncomingMessage, response: ServerResponse): void;
}

/** Bytes of the token. */
const TOKEN = 24;

/** A page loads its own script and style, reads its own stream, and nothing else from anywhere. */
function policy(framed: boolean): string {
  const frames = framed ? "frame-src 'self'; frame-ancestors 'self'" : "frame-ancestors 'none'";
  return (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
    `base-uri 'none'; form-action 'none'; ${frames}`
  );
}

function headersOf(framed: boolean): Record<string, string> {
  return {
    "Content-Security-Policy": policy(framed),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": framed ? "SAMEORIGIN" : "DENY",
  };
}

/** Compares in a time that says nothing about where two texts differ. */
function same(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** Sends a text. @param type - its media type, without character set */
export function answer(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { "Content-Type": `${type}; charset=utf-8` }).end(text);
}

/** The part of the path behind the token; `undefined` where the token is wrong or missing. */
function behindToken(path: string, token: string): string | undefined {
  const [, given = "", ...rest] = path.split("/");
  return same(given, token) && rest.length > 0 ? rest.join("/") : undefined;
}

/** Why a request gets nothing, with the status that says so. */
function refusal(
  { method, headers }: IncomingMessage,
  name: string | undefined,
  hosts: readonly string[],
  methods: readonly string[],
) {
  // Another name that leads here is a page of somebody else's that lets this browser ask (DNS rebinding).
  if (!hosts.includes(headers.host ?? "")) return [403, "unknown host"] as const;
  if (name === undefined) return [403, "the address lacks its token: copy it whole"] as const;
  if (!methods.includes(method ?? "")) return [405, `only ${methods.join(", ")}`] as const;
  return undefined;
}

/**
 * Serves pages on 127.0.0.1, at a free port, to who has the token.
 * @throws what listening throws
 */
export async function serveLocally({ methods, framed, handle }: LocalPages): Promise<LocalServer> {
  const token = randomBytes(TOKEN).toString("base64url");
  let hosts: readonly string[] = [];
  const server = createServer((request, response) => {
    for (const [header, value] of Object.entries(headersOf(framed))) response.setHeader(header, value);
    const [path = ""] = (request.url ?? "").split("?");
    const name = behindToken(path, token);
    const refused = refusal(request, name, hosts, methods);
    if (refused === undefined) handle(name ?? "", request, response);
    else answer(response, refused[0], "text/plain", `${refused[1]}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0 }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  // Whoever wants it to stay waits; by itself it keeps no command alive.
  server.unref();
  return {
    address: `http://127.0.0.1:${port}/${token}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
