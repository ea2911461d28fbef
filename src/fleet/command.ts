import { finished } from "node:stream/promises";
import type { Container, OpenExec, TerminalSize } from "../docker/types.js";
import { LabError } from "../model/errors.js";
import { PidLine } from "./pid-line.js";

/**
 * Says under which number the container knows this process, then becomes the command. The engine cannot end what it
 * runs in a container, and the number it tells is one of the host (or of a virtual machine), useless in the container.
 */
const INTRODUCE = 'echo "$$" >&2; exec "$@"';

/** Tenths of a second that a command has to end by itself. */
const GRACE = 30;

/**
 * Arguments: signal, process. The engine makes each command the leader of a group, so that its children are reached too;
 * what is still there after the grace is killed. A group that is gone is what was wanted.
 */
const END = `
kill -s "$1" -- "-$2" 2>/dev/null || exit 0
left=${GRACE}
while [ "$left" -gt 0 ]; do
  kill -s 0 -- "-$2" 2>/dev/null || exit 0
  sleep 0.1
  left=$((left - 1))
done
kill -s KILL -- "-$2" 2>/dev/null || exit 0`;

/** Milliseconds that outputs may take to end after the command; a process that left its group may hold them open. */
const DRAIN_MS = 500;

/** A command that runs in a fleet's container. Whoever starts it reads both outputs to their end. */
export interface FleetCommand extends OpenExec {
  /** Resolves when its terminal has the size that was asked for, at once where there is none; never rejects. */
  readonly sized: Promise<void>;
  /** Resolves when both outputs have ended; never rejects. */
  readonly ended: Promise<unknown>;
  /**
   * Sends a signal to the command and its children, and kills what does not end by it within three seconds. The outputs
   * have ended after that.
   * @param signal - e.g. `TERM`
   * @throws LabError "failed" when the container takes no command now, e.g. while it is paused
   */
  end(signal: string): Promise<void>;
}

async function endGroup(container: Container, pid: number | undefined, signal: string): Promise<void> {
  // Without a number nothing was started.
  if (pid === undefined) return;
  const { exitCode, stderr } = await container.exec({
    command: ["/bin/sh", "-c", END, "majek-lab", signal, String(pid)],
  });
  if (exitCode === 0) return;
  throw new LabError("failed", `the command could not be ended (exit code ${exitCode})`, {
    details: stderr.split("\n").filter(Boolean),
    next: "majek-lab down LAB removes its fleet",
  });
}

/**
 * Starts a command in a running fleet.
 * @param io - its input: a terminal of this size, a stream (`stdin`), or nothing
 */
export async function startCommand(
  container: Container,
  command: readonly string[],
  io: { readonly terminal?: TerminalSize; readonly stdin?: boolean },
): Promise<FleetCommand> {
  const opened = await container.openExec({ command: ["/bin/sh", "-c", INTRODUCE, "majek-lab", ...command], ...io });
  const first = new PidLine();
  const { stdout, stderr } =
    io.terminal === undefined
      ? { stdout: opened.stdout, stderr: opened.stderr.pipe(first) }
      : { stdout: opened.stdout.pipe(first), stderr: opened.stderr };
  const { terminal } = io;
  // Engines take a size only for what runs already.
  const sized = terminal ? first.pid.then(() => opened.resize(terminal)).catch(() => undefined) : Promise.resolve();
  // A terminal has one output; the other is empty, and may stay unread.
  const ended = Promise.allSettled((terminal ? [stdout] : [stdout, stderr]).map((stream) => finished(stream)));
  return {
    ...opened,
    sized,
    stdout,
    stderr,
    ended,
    end: async (signal) => {
      await endGroup(container, await first.pid, signal);
      const timer = setTimeout(opened.close, DRAIN_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
