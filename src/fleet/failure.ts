import { text } from "node:stream/consumers";
import type { Container } from "../docker/types.js";
import { LabError } from "../model/errors.js";
import type { FleetRequest } from "./containers.js";

/** Lines of the fleet's log that an error shows. */
const LOG_LINES = 20;

function asLabError(error: unknown): LabError | undefined {
  return error instanceof LabError ? error : undefined;
}

/** Both streams of a container's log, as far as the engine still has them. */
async function lastLines(container: Container): Promise<readonly string[]> {
  try {
    const { stdout, stderr } = await container.logs({ follow: false, tail: LOG_LINES });
    const [events, log] = await Promise.all([text(stdout), text(stderr)]);
    return [...events.split("\n"), ...log.split("\n")].filter(Boolean).slice(-LOG_LINES);
  } catch {
    return [];
  }
}

/** Turns "it failed" into what the engine knows: out of memory, an exit code, the end of the log, or that it is gone. */
export async function explainFailure(
  container: Container,
  request: FleetRequest,
  reason: string,
  cause?: unknown,
): Promise<LabError> {
  const { variant, spec } = request;
  const [state, details] = await Promise.all([container.inspect().catch(asLabError), lastLines(container)]);
  // A fleet whose engine has died is out of reach, whatever the connection to it says.
  if (state instanceof LabError) return state;
  const context = { where: `fleet ${spec.name}/${variant.name}`, details, cause };
  const megabytes = Math.round(spec.fleet.memoryBytes / 1e6);
  // Exit code 137 is SIGKILL, which the kernel sends to the master; a worker that was killed alone sets only the flag.
  if (state?.outOfMemory) {
    return new LabError("fleet", `${variant.name} ran out of memory (limit ${megabytes} MB)`, {
      ...context,
      next: "raise fleet.memory in lab.yaml, or use fewer workers",
    });
  }
  const ended = state?.status === "exited" ? ` (the fleet ended with exit code ${state.exitCode})` : "";
  return new LabError("fleet", `${variant.name}: ${reason}${ended}`, {
    ...context,
    next: "correct what the log names, in lab.yaml or the application, then run the command again",
  });
}
