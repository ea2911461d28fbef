import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { EventFeed } from "../../model/run-event.js";
import { Viewers } from "./viewers.js";

/** What a browser is given; texts of files. */
export interface DashboardFiles {
  readonly page: string;
  readonly script: string;
  readonly style: string;
}

/** A dashboard that is being served. */
export interface Dashboard {
  /** With the token in it: who knows the address may look. */
  readonly address: string;
  /** Ends every stream; browsers come back by themselves. */
  dropViewers(): void;
  close(): Promise<void>;
}

/** Bytes of the token. */
const TOKEN = 24;

/** The page loads its own script and style, reads its own stream, and nothing else from anywhere. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS = {
  "Content-Security-Policy": POLICY,
  "Cache-Control": "no-store",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
} as const;

/** Compares in a time that says nothing about where two texts differ. */
function same(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

function answer(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { ...HEADERS, "Content-Type": `${type}; charset=utf-8` }).end(text);
}

/** The part of the path behind the token; `undefined` where the token is wrong or missing. */
function behindToken(path: string, token: string): string | undefined {
  const [, given = "", ...rest] = path.split("/");
  return same(given, token) && rest.length > 0 ? rest.join("/") : undefined;
}

interface Served {
  readonly token: string;
  readonly files: DashboardFiles;
  readonly viewers: Viewers;
  /** Names that a browser may know this server by. */
  hosts(): readonly string[];
}

/** Why a request gets nothing, with the status that says so. */
function refusal({ method, headers }: IncomingMessage, name: string | undefined, served: Served) {
  // Another name that leads here is a page of somebody else's that lets this browser ask (DNS rebinding).
  if (!served.hosts().includes(headers.host ?? "")) return [403, "unknown host"] as const;
  if (name === undefined) return [403, "the address lacks its token: copy it whole"] as const;
  if (method !== "GET") return [405, "only GET"] as const;
  return undefined;
}

function handle(request: IncomingMessage, response: ServerResponse, served: Served): void {
  const { files, viewers, token } = served;
  const [path = ""] = (request.url ?? "").split("?");
  const name = behindToken(path, token);
  const refused = refusal(request, name, served);
  if (refused !== undefined) {
    const [status, why] = refused;
    answer(response, status, "text/plain", `${why}\n`);
  } else if (name === "events") {
    response.writeHead(200, { ...HEADERS, "Content-Type": "text/event-stream" });
    viewers.add(response, request.headers["last-event-id"]);
  } else if (name === "") answer(response, 200, "text/html", files.page);
  else if (name === "dashboard.js") answer(response, 200, "text/javascript", files.script);
  else if (name === "dashboard.css") answer(response, 200, "text/css", files.style);
  else answer(response, 404, "text/plain", "nothing here\n");
}

/**
 * Serves a dashboard of what happens in a run: on 127.0.0.1, at a free port, to who has the token. It reads the run and
 * cannot change it.
 * @param feed - what it shows
 * @throws what listening throws
 */
export async function serveDashboard(feed: EventFeed, files: DashboardFiles): Promise<Dashboard> {
  const token = randomBytes(TOKEN).toString("base64url");
  const viewers = new Viewers(feed);
  let port = 0;
  const served = { token, files, viewers, hosts: () => [`127.0.0.1:${port}`, `localhost:${port}`] };
  const server = createServer((request, response) => handle(request, response, served));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0 }, resolve);
  });
  port = (server.address() as AddressInfo).port;
  // Whoever wants it to stay waits; by itself it keeps no command alive.
  server.unref();
  return {
    address: `http://127.0.0.1:${port}/${token}/`,
    dropViewers: () => viewers.drop(),
    close: () =>
      new Promise((resolve) => {
        viewers.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
