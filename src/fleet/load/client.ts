import { Agent, type ClientRequest, request } from "node:http";
import type { Answer } from "./references.js";

/** An answer with what the harness says about who gave it. */
export interface WorkerAnswer extends Answer {
  /** `X-Majek-Worker`; `null` from a server that is no fleet. */
  readonly pid: number | null;
  /** `X-Majek-Served`: requests this process has answered, this one included. */
  readonly served: number | null;
}

/** Asks one server, one connection per request, as sync workers want it. */
export interface HttpClient {
  /** Rejects with the network error, or `NoAnswer` after the timeout. */
  get(path: string): Promise<WorkerAnswer>;
  /** Breaks off everything under way. */
  destroy(): void;
}

/** The server holds a connection but says nothing. */
export class NoAnswer extends Error {}

function numberIn(header: string | string[] | undefined): number | null {
  const value = Number(header);
  return typeof header === "string" && Number.isInteger(value) ? value : null;
}

/**
 * @param port - on 127.0.0.1
 * @param timeoutSeconds - longest silence that is borne
 */
export function httpClient(port: number, timeoutSeconds: number): HttpClient {
  const agent = new Agent({ keepAlive: false });
  const pending = new Set<ClientRequest>();
  // The port is random: a constant host keeps it out of absolute addresses in bodies, which are compared.
  const headers = { host: "localhost", connection: "close" };
  const get = (path: string): Promise<WorkerAnswer> =>
    new Promise((resolve, reject) => {
      const sent = request({ agent, host: "127.0.0.1", port, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks),
            pid: numberIn(response.headers["x-majek-worker"]),
            served: numberIn(response.headers["x-majek-served"]),
          }),
        );
      });
      pending.add(sent);
      sent.on("close", () => pending.delete(sent));
      sent.on("error", reject);
      sent.setTimeout(timeoutSeconds * 1000, () => sent.destroy(new NoAnswer(`no answer within ${timeoutSeconds} s`)));
      sent.end();
    });
  return {
    get,
    destroy() {
      for (const sent of pending) sent.destroy();
      agent.destroy();
    },
  };
}
