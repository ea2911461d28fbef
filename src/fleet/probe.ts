import type { AttachedStreams } from "../docker/types.js";
import { LabError } from "../model/errors.js";
import { eachLine, Tail } from "../system/lines.js";

/** Answer to one command: a JSON object whose `ok` was true. */
export type ProbeAnswer = Readonly<Record<string, unknown>>;

/** A probe at work (guest/probe/README.md): one line of text in, one line of JSON out. */
export interface Probe {
  /**
   * @param command - e.g. `sample 1 rollup`
   * @param timeoutSeconds - longest time it may take
   * @throws LabError "fleet" when the probe refuses, answers nonsense, is silent for too long or ends
   */
  ask(command: string, timeoutSeconds: number): Promise<ProbeAnswer>;
  /** Closes its input; it ends by itself. Commands under way fail. */
  close(): void;
}

interface Pending {
  readonly resolve: (line: string) => void;
  readonly reject: (error: LabError) => void;
}

/** Lines of stderr kept for messages. */
const TAIL = 8;

/** Characters of an answer that is shown because it makes no sense. */
const EXCERPT = 200;

function parsed(command: string, line: string): ProbeAnswer {
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch {
    data = undefined;
  }
  if (data === null || typeof data !== "object" || Array.isArray(data)) {
    throw new LabError("fleet", `the probe answered "${command}" with what is no JSON object`, {
      details: [line.slice(0, EXCERPT)],
      next: "majek-lab up LAB --recreate (the probe image may be of another release)",
    });
  }
  const answer = data as ProbeAnswer;
  if (answer["ok"] === true) return answer;
  throw new LabError("fleet", `the probe cannot "${command}": ${String(answer["error"] ?? "no reason given")}`, {
    ...(typeof answer["where"] === "string" ? { where: answer["where"] } : {}),
    next: "majek-lab doctor",
  });
}

class AttachedProbe implements Probe {
  readonly #stderr = new Tail(TAIL);
  #pending: Pending | undefined;
  #ended = false;
  /** Commands go one at a time: answers carry no number. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly streams: AttachedStreams) {
    void eachLine(streams.stderr, (line) => this.#stderr.add(line));
    void eachLine(streams.stdout, (line) => this.#answered(line)).then(() => this.#end());
    // A write to a probe that has died is reported by the end of its output, which says more.
    streams.stdin.on("error", () => this.#end());
  }

  ask(command: string, timeoutSeconds: number): Promise<ProbeAnswer> {
    const next = this.#last.then(() => this.#exchange(command, timeoutSeconds));
    this.#last = next.catch(() => undefined);
    return next;
  }

  close(): void {
    this.#end();
    this.streams.stdin.end();
    this.streams.close();
  }

  async #exchange(command: string, timeoutSeconds: number): Promise<ProbeAnswer> {
    if (this.#ended) throw this.#gone(command);
    let timer: NodeJS.Timeout | undefined;
    try {
      const line = await new Promise<string>((resolve, reject) => {
        this.#pending = { resolve, reject };
        timer = setTimeout(() => reject(this.#silent(command, timeoutSeconds)), timeoutSeconds * 1000);
        this.streams.stdin.write(`${command}\n`);
      });
      return parsed(command, line);
    } finally {
      clearTimeout(timer);
      this.#pending = undefined;
    }
  }

  #answered(line: string): void {
    this.#pending?.resolve(line);
    this.#pending = undefined;
  }

  #end(): void {
    this.#ended = true;
    this.#pending?.reject(this.#gone("its last command"));
  }

  #gone(command: string): LabError {
    return new LabError("fleet", `the probe has ended and cannot answer ${command}`, {
      details: this.#stderr.lines,
      next: "majek-lab up LAB --recreate",
    });
  }

  #silent(command: string, seconds: number): LabError {
    // A late answer would be taken for that to the next command.
    this.#ended = true;
    return new LabError("fleet", `the probe did not answer "${command}" within ${seconds} s`, {
      details: this.#stderr.lines,
      next: "majek-lab doctor, then majek-lab up LAB --recreate",
    });
  }
}

/** @param streams - of the probe, attached before it was started */
export function attachProbe(streams: AttachedStreams): Probe {
  return new AttachedProbe(streams);
}
