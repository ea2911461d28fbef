import { Agent } from "node:http";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type Docker from "dockerode";

type Callback = (error: unknown, answer: unknown) => void;
type Dial = (options: Readonly<Record<string, unknown>>, callback: Callback) => void;

/** As dockerode's own: JSON where the body is that, else its bytes. */
function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    return body;
  }
}

/**
 * dockerode never settles a call whose connection breaks between the answer's head and its end: an engine that is
 * killed would leave whoever waits for a container waiting for ever. Every answer is therefore read as a stream, here.
 */
function readAnswersWhole(dial: Dial): Dial {
  return (options, callback) => {
    if (options["isStream"]) return dial(options, callback);
    dial({ ...options, isStream: true }, (error, answer) => {
      if (error) return callback(error, null);
      buffer(answer as Readable).then(
        (body) => callback(null, parsed(body)),
        (lost: unknown) => callback(lost, null),
      );
    });
  };
}

/**
 * A dockerode client of a local socket.
 * @param version - API version, e.g. `1.41`
 */
export async function createClient(socketPath: string, version: string): Promise<Docker> {
  // Half a second to import: only commands that need an engine pay for it.
  const { default: Dockerode } = await import("dockerode");
  // Kept connections keep Node alive, and make builds hang on some engines (docker-modem 196).
  const options = { socketPath, agent: new Agent({ keepAlive: false }), version: `v${version}` };
  const docker = new Dockerode(options);
  const modem = docker.modem as unknown as { dial: Dial };
  modem.dial = readAnswersWhole(modem.dial.bind(modem));
  return docker;
}
