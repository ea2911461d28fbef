import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";

/** The answer to `GET /version` (Engine API), as far as it is used. */
export interface EngineVersion {
  readonly Version: string;
  readonly ApiVersion: string;
  readonly MinAPIVersion?: string;
  readonly Os: string;
  readonly Arch: string;
  readonly KernelVersion?: string;
  readonly Components?: readonly { readonly Name: string }[];
}

/** Which engine it is. */
export function engineName({ Components = [] }: EngineVersion): "docker" | "podman" {
  return Components.some(({ Name }) => /podman/i.test(Name)) ? "podman" : "docker";
}

function parsed(body: string): Partial<EngineVersion> | null {
  try {
    return JSON.parse(body) as Partial<EngineVersion> | null;
  } catch {
    return null;
  }
}

/**
 * Asks a socket which engine listens there. Not by the client library: that takes half a second to load.
 * @param patience - milliseconds
 * @returns `undefined` where something else answers
 * @throws Error with a system code, `ABORT_ERR` when nothing was said in time
 */
export async function askVersion(socketPath: string, patience: number): Promise<EngineVersion | undefined> {
  const signal = AbortSignal.timeout(patience);
  const agent = new Agent({ keepAlive: false });
  const body = await new Promise<string>((resolve, reject) => {
    request({ socketPath, path: "/version", agent, signal }, (answer) => text(answer).then(resolve, reject))
      .on("error", reject)
      .end();
  });
  const version = parsed(body);
  return typeof version?.ApiVersion === "string" ? (version as EngineVersion) : undefined;
}
