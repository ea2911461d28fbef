import { stripVTControlCharacters } from "node:util";
import { LabError } from "../model/errors.js";
import { LineSplitter, linesOf, Tail } from "../system/lines.js";
import { noSpace } from "./errors.js";

/** What one message of the engine's build, load, import or pull stream says. */
export interface StreamMessage {
  /** Text to show; not always a whole line. */
  readonly text?: string;
  readonly failure?: string;
  /** Id of a finished image or stage. */
  readonly imageId?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** A field of an object, where it is a string. */
function string(holder: unknown, name: string): string | undefined {
  const value = holder !== null && typeof holder === "object" ? (holder as Fields)[name] : undefined;
  return typeof value === "string" ? value : undefined;
}

/**
 * The message of a line; a line that is no JSON object is shown as output, since proxies and engines do send such.
 * `errorDetail` is read before `error`, which newer engines no longer promise (API 1.48).
 */
export function decodeLine(line: string): StreamMessage | undefined {
  const plain = line.trim();
  if (plain === "") return undefined;
  let message: Fields | null;
  try {
    message = JSON.parse(plain) as Fields | null;
  } catch {
    return { text: `${plain}\n` };
  }
  if (message === null || typeof message !== "object") return { text: `${plain}\n` };
  const status = string(message, "status");
  const text = string(message, "stream") ?? (status === undefined ? undefined : `${status}\n`);
  const failure = string(message["errorDetail"], "message") ?? string(message, "error");
  const imageId = string(message["aux"], "ID");
  return { ...(text && { text }), ...(failure !== undefined && { failure }), ...(imageId && { imageId }) };
}

const TAIL_LINES = 40;

/** Output as whole lines, with the end of it kept for error messages. */
class Output {
  readonly #tail = new Tail(TAIL_LINES);
  readonly #lines = new LineSplitter();
  readonly #show: (line: string) => void;

  constructor(show: (line: string) => void) {
    this.#show = show;
  }

  write(text: string): void {
    for (const line of this.#lines.push(text)) this.#emit(line);
  }

  end(): readonly string[] {
    for (const line of this.#lines.end()) this.#emit(line);
    return this.#tail.lines;
  }

  #emit(coloured: string): void {
    // The classic builder paints what a step writes to stderr red.
    const line = stripVTControlCharacters(coloured);
    if (line.trim() === "") return;
    this.#tail.add(line);
    this.#show(line);
  }
}

export interface StreamOutcome {
  /** The id of the image, where the stream named one. */
  readonly id: string | undefined;
  readonly tail: readonly string[];
}

/**
 * Reads a stream to its end. The HTTP status of such a stream is always 200: failures are messages in it.
 * @param show - each complete line of output
 * @throws LabError "build" with the end of the log when the stream reports an error
 */
export async function followStream(
  chunks: AsyncIterable<Uint8Array | string>,
  what: string,
  show: (line: string) => void = () => undefined,
): Promise<StreamOutcome> {
  const output = new Output(show);
  let id: string | undefined;
  let named: string | undefined;
  for await (const line of linesOf(chunks)) {
    const message = decodeLine(line);
    if (message === undefined) continue;
    if (message.failure !== undefined) throw streamError(message.failure, what, output.end());
    if (message.text !== undefined) output.write(message.text);
    id = message.imageId ?? id;
    named = idIn(message.text) ?? named;
  }
  return { id: id ?? named, tail: output.end() };
}

/** Engines that send no `aux` name the image in the text only. */
function idIn(text: string | undefined): string | undefined {
  return /^Successfully built ([0-9a-f]{12,64})\s*$/m.exec(text ?? "")?.[1];
}

function streamError(message: string, what: string, details: readonly string[]): LabError {
  return (
    noSpace(message, what, { details }) ??
    new LabError("build", `${what}: ${message.trim()}`, {
      details,
      next: "correct what the log says, then run the command again; what is built by now is not built twice",
    })
  );
}
