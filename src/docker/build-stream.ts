import { StringDecoder } from "node:string_decoder";
import { LabError } from "../model/errors.js";

/** One message of the engine's build, load or import stream. */
export interface StreamMessage {
  readonly stream?: string;
  readonly status?: string;
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string };
  readonly aux?: { readonly ID?: string };
}

/** Lines of a byte stream; characters that chunks cut apart come out whole. The last line needs no newline. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + (typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk)))).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  rest += decoder.end();
  if (rest !== "") yield rest;
}

/** The message of a line; a line that is no JSON object is shown as output, since proxies and engines do send such. */
export function decodeLine(line: string): StreamMessage | undefined {
  const text = line.trim();
  if (text === "") return undefined;
  try {
    const message: unknown = JSON.parse(text);
    return message !== null && typeof message === "object" ? (message as StreamMessage) : { stream: `${text}\n` };
  } catch {
    return { stream: `${text}\n` };
  }
}

const TAIL_LINES = 40;

/** Output as whole lines, with the end of it kept for error messages. */
class Output {
  readonly #tail: string[] = [];
  readonly #show: (line: string) => void;
  #rest = "";

  constructor(show: (line: string) => void) {
    this.#show = show;
  }

  write(text: string): void {
    const lines = (this.#rest + text).split(/\r?\n/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#emit(line);
  }

  end(): readonly string[] {
    if (this.#rest !== "") this.#emit(this.#rest);
    this.#rest = "";
    return this.#tail;
  }

  #emit(line: string): void {
    if (line.trim() === "") return;
    this.#tail.push(line);
    if (this.#tail.length > TAIL_LINES) this.#tail.shift();
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
  for await (const line of linesOf(chunks)) {
    const message = decodeLine(line);
    if (message === undefined) continue;
    const failure = message.errorDetail?.message ?? message.error;
    if (failure !== undefined) throw streamError(failure, what, output.end());
    if (message.stream !== undefined) output.write(message.stream);
    else if (message.status !== undefined) output.write(`${message.status}\n`);
    id = message.aux?.ID ?? idIn(message.stream) ?? id;
  }
  return { id, tail: output.end() };
}

/** Podman and old engines name the image in the text only. */
function idIn(text: string | undefined): string | undefined {
  return /^(?:Successfully built |--> )?(sha256:[0-9a-f]{64}|[0-9a-f]{12}|[0-9a-f]{64})\s*$/m.exec(text ?? "")?.[1];
}

function streamError(message: string, what: string, tail: readonly string[]): LabError {
  if (/no space left on device/i.test(message)) {
    return new LabError("failed", `the engine has no space left on its disk (${what})`, {
      next: "majek-lab prune --images",
      details: tail,
    });
  }
  return new LabError("build", `${what}: ${message.trim()}`, { details: tail });
}
