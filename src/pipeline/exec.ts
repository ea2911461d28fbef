import { connectEngine } from "../docker/connect.js";
import type { Engine } from "../docker/types.js";
import { type FleetCommand, startCommand } from "../fleet/command.js";
import type { FoundFleet } from "../fleet/find.js";
import { LabError } from "../model/errors.js";
import { stoppable } from "../system/stoppable.js";
import { isInteractive, type StandardStreams, takeTerminal, windowSize } from "../system/terminal.js";
import { chosenFleets } from "./fleet-names.js";
import type { Interrupts, Workspace } from "./workspace.js";

async function runningFleet(
  workspace: Workspace,
  engine: Engine,
  word: string,
  variant: string | undefined,
): Promise<FoundFleet> {
  const fleets = await chosenFleets(workspace, engine, word, variant);
  const fleet = fleets.find(({ status }) => status === "running");
  if (fleet !== undefined) return fleet;
  throw new LabError("fleet", `no fleet of ${word} runs`, {
    details: fleets.map((one) => `${one.variant}: ${one.status}`),
    next: "majek-lab logs LAB",
  });
}

/**
 * Ends the command when this process is told to end, and when nobody reads what it writes any more. A closed terminal
 * hangs up; else the command gets the signal that came here.
 * @returns resolves when the command has ended because of that, and rejects when it could not be ended
 */
function endWhenTold(command: FleetCommand, interactive: boolean, interrupts: Interrupts) {
  const { signal, onSecond } = interrupts;
  return new Promise<void>((resolve, reject) => {
    const told = (): void => {
      const { code, message } = signal.reason as LabError;
      const why = ({ message: more, details, next = "" }: LabError): LabError =>
        new LabError(code, `${message}; ${more}`, { details, next });
      // What nobody reads must still flow, or its end would never come.
      if (code === "unread") command.stdout.resume();
      const name = { terminated: "TERM", hungup: "HUP", unread: "PIPE" }[code as string] ?? "INT";
      command.end(interactive ? "HUP" : name).then(resolve, (error: LabError) => reject(why(error)));
    };
    if (signal.aborted) told();
    else signal.addEventListener("abort", told, { once: true });
    onSecond(() => command.end("KILL"));
  });
}

/** Connects the command with the standard streams until it has ended. */
async function converse(command: FleetCommand, interactive: boolean, streams: StandardStreams, interrupts: Interrupts) {
  const { stdin, stdout, stderr } = streams;
  const terminal = interactive ? takeTerminal(streams) : undefined;
  try {
    terminal?.onResize(() => void command.resize(terminal.size()).catch(() => undefined));
    command.stdout.pipe(stdout, { end: false });
    command.stderr.pipe(stderr, { end: false });
    // It may end before it has read everything.
    command.stdin.on("error", () => undefined);
    // What was typed ahead must not run before the size of the window is known.
    if (interactive) void command.sized.then(() => stdin.pipe(command.stdin));
    else if (!stdin.isTTY) stdin.pipe(command.stdin);
    await Promise.race([command.ended, endWhenTold(command, interactive, interrupts)]);
  } finally {
    terminal?.restore();
    // An input that stays open would keep this process alive.
    stdin.destroy();
    command.close();
  }
}

/**
 * `exec`: runs a command in a fleet; on a terminal as if one sat in the container. It ends with this process.
 * @param word - LAB as typed
 * @param words - the command
 * @returns the command's exit code
 * @throws LabError "interrupted" or "terminated" (exit 130, 143) when a signal came first, "unread" when stdout has no reader left
 */
export async function exec(
  workspace: Workspace,
  word: string,
  words: readonly string[],
  options: { readonly variant?: string },
  streams: StandardStreams = process,
): Promise<number> {
  const { interrupts } = workspace;
  const engine = await stoppable(interrupts.signal, connectEngine(workspace.environment));
  const fleet = await stoppable(interrupts.signal, runningFleet(workspace, engine, word, options.variant));
  const interactive = isInteractive(streams);
  const command = await startCommand(
    engine.containers.get(fleet.id),
    words,
    interactive ? { stdin: true, terminal: windowSize(streams) } : { stdin: !streams.stdin.isTTY },
  );
  await converse(command, interactive, streams, interrupts);
  interrupts.signal.throwIfAborted();
  return command.exitCode();
}
