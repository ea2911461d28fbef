import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Container } from "../docker/types.js";
import { redact } from "../model/env-file.js";
import { LabError } from "../model/errors.js";
import { lastTraceback } from "../model/traceback.js";
import { writeAtomic } from "../system/files.js";
import type { FleetRequest } from "./containers.js";

/** Lines of the fleet's log that an error shows. */
const LOG_LINES = 20;

function asLabError(error: unknown): LabError | undefined {
  return error instanceof LabError ? error : undefined;
}

/** Both streams of a container's log, as far as the engine still has them. */
export async function allLines(container: Container): Promise<readonly string[]> {
  try {
    const { stdout, stderr } = await container.logs({ follow: false });
    const [events, log] = await Promise.all([text(stdout), text(stderr)]);
    return [...events.split("\n"), ...log.split("\n")].filter(Boolean);
  } catch {
    return [];
  }
}

/**
 * What an error shows of a fleet's log: its last traceback, else its end; and the file that has all of it, beside the
 * results. Values of --env-file are not in either.
 */
async function excerpt(container: Container, { results, variant, secrets }: FleetRequest): Promise<readonly string[]> {
  const lines = (await allLines(container)).map((line) => redact(line, secrets));
  if (lines.length === 0) return [];
  const traceback = lastTraceback(lines);
  const shown = traceback.length > 0 ? traceback : lines.slice(-LOG_LINES);
  const file = join(results, `${variant.name}.log`);
  // The reason counts, not that the disk does not take the log as well.
  const written = await writeAtomic(file, `${lines.join("\n")}\n`).then(
    () => true,
    () => false,
  );
  return written ? [...shown, `the full log is ${file}`] : shown;
}

/** Turns "it failed" into what the engine knows: out of memory, an exit code, the end of the log, or that it is gone. */
export async function explainFailure(
  container: Container,
  request: FleetRequest,
  reason: string,
  cause?: unknown,
): Promise<LabError> {
  const { variant, spec } = request;
  const [state, details] = await Promise.all([container.inspect().catch(asLabError), excerpt(container, request)]);
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
  return new LabError("fleet", `${variant.name}: ${redact(reason, request.secrets)}${ended}`, {
    ...context,
    next: "correct what the log names, in lab.yaml or the application, then run the command again",
  });
}
