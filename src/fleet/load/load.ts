import { setTimeout as delay } from "node:timers/promises";
import { LabError } from "../../model/errors.js";
import type { LoadSample, Spread } from "../../model/run.js";
import type { LoadSpec, PathSpec } from "../../model/spec.js";
import { type HttpClient, httpClient, NoAnswer, type WorkerAnswer } from "./client.js";
import { ServedCounter, type WorkerSlots } from "./counter.js";
import { Histogram } from "./histogram.js";
import { RateMeter } from "./rate.js";
import type { References } from "./references.js";
import { requestSequence, type Sequence } from "./sequence.js";
import { LoadSwitch } from "./switch.js";

/** Milliseconds between two progress reports. */
const REPORT_MS = 250;

/** Seconds after which a silent worker counts as hung. */
const ANSWER_TIMEOUT = 60;

/** So many failed connections in a row mean that nobody is there any more. */
const MOST_FAILURES_IN_A_ROW = 200;

/** Milliseconds before a client asks again after a failure: a worker that is being replaced needs the processor. */
const PAUSE_MS = 25;

/** How far the load is. */
export interface LoadProgress {
  readonly requests: Spread;
  /** Requests per second over the last two seconds; `null` at the beginning. */
  readonly rate: number | null;
  readonly failed: number;
  /** Requests that each process has served, by pid. */
  readonly served: ReadonlyMap<number, number>;
}

export interface LoadTarget {
  readonly variant: string;
  /** On 127.0.0.1. */
  readonly port: number;
  readonly workers: WorkerSlots;
  /** Requests after which the server replaces a worker; 0 for never. */
  readonly maxRequests: number;
}

/** A closed-loop load on one fleet; it goes on where the last checkpoint left it. */
export interface Load {
  /**
   * Sends requests until every worker has served this many.
   * @throws LabError "failed" on the first wrong answer, with what was expected and got
   * @throws LabError "fleet" when the fleet hangs or is gone, or a worker has died and was replaced
   * @throws the signal's reason when it is aborted
   */
  runTo(requestsPerWorker: number, onProgress?: (progress: LoadProgress) => void): Promise<LoadSample>;
}

/** Counters since the previous checkpoint. */
interface Leg {
  readonly latencies: Histogram;
  readonly rate: RateMeter;
  readonly startedAt: number;
  /** Milliseconds that the load had been held back before. */
  readonly heldBefore: number;
  answered: number;
  /** Set when the leg has ended, well or badly: clients still waiting for an answer must not ask again. */
  over: boolean;
}

function newLeg({ heldMs }: LoadSwitch): Leg {
  const startedAt = performance.now();
  return { latencies: new Histogram(), rate: new RateMeter(), startedAt, heldBefore: heldMs, answered: 0, over: false };
}

class ClosedLoop implements Load {
  readonly #sequence: Sequence;
  readonly #counter: ServedCounter;
  /** Requests that each client has sent. */
  readonly #sent: number[];
  #failed = 0;
  #failedInARow = 0;

  constructor(
    private readonly target: LoadTarget,
    spec: LoadSpec,
    private readonly references: References,
    private readonly signal: AbortSignal,
    private readonly hold: LoadSwitch,
  ) {
    this.#sequence = requestSequence(spec.paths, spec.seed);
    this.#counter = new ServedCounter(target.workers);
    this.#sent = new Array<number>(spec.concurrency).fill(0);
  }

  async runTo(requestsPerWorker: number, onProgress?: (progress: LoadProgress) => void): Promise<LoadSample> {
    this.signal.throwIfAborted();
    const leg = newLeg(this.hold);
    const client = httpClient(this.target.port, ANSWER_TIMEOUT);
    const report = (): void => {
      leg.rate.mark(performance.now() / 1000, leg.answered);
      const { served } = this.#counter;
      onProgress?.({ requests: this.#counter.spread(), rate: leg.rate.perSecond(), failed: this.#failed, served });
    };
    const timer = setInterval(report, REPORT_MS);
    const abort = (): void => client.destroy();
    this.signal.addEventListener("abort", abort);
    try {
      await Promise.all(this.#sent.map((_, index) => this.#client(client, index, requestsPerWorker, leg)));
      report();
      this.#checkDeaths();
      return this.#sample(leg);
    } finally {
      leg.over = true;
      clearInterval(timer);
      this.signal.removeEventListener("abort", abort);
      client.destroy();
    }
  }

  /** The replacement is a fresh copy of the master: it shares more than the worker that died, and looks better. */
  #checkDeaths(): void {
    const pid = this.#counter.dead(this.target.maxRequests);
    if (pid === undefined) return;
    throw new LabError("fleet", `worker ${pid} of ${this.target.variant} died under the load and was replaced`, {
      next: `majek-lab logs LAB --variant ${this.target.variant}`,
    });
  }

  #reached(requestsPerWorker: number): boolean {
    return this.#counter.spread().min >= requestsPerWorker;
  }

  async #client(client: HttpClient, index: number, requestsPerWorker: number, leg: Leg): Promise<void> {
    while (!leg.over && !this.#reached(requestsPerWorker)) {
      await this.hold.open(this.signal);
      this.signal.throwIfAborted();
      const number = this.#sent[index] ?? 0;
      this.#sent[index] = number + 1;
      const path = this.#sequence(index, number);
      const started = performance.now();
      const answer = await this.#ask(client, path);
      if (answer === undefined) {
        await delay(PAUSE_MS);
        continue;
      }
      leg.latencies.add((performance.now() - started) / 1000);
      leg.answered += 1;
      this.#accept(path, answer, `request ${number} of client ${index}`);
    }
  }

  /** @returns `undefined` for a connection that broke, which a worker that is being replaced may do */
  async #ask(client: HttpClient, path: PathSpec): Promise<WorkerAnswer | undefined> {
    try {
      const answer = await client.get(path.path);
      this.#failedInARow = 0;
      return answer;
    } catch (error) {
      this.signal.throwIfAborted();
      this.#failed += 1;
      this.#failedInARow += 1;
      if (error instanceof NoAnswer || this.#failedInARow >= MOST_FAILURES_IN_A_ROW) {
        throw new LabError(
          "fleet",
          `the fleet of ${this.target.variant} does not answer: ${(error as Error).message}`,
          {
            where: this.#address(path),
            next: "majek-lab status",
            cause: error,
          },
        );
      }
      return undefined;
    }
  }

  #accept(path: PathSpec, answer: WorkerAnswer, which: string): void {
    const wrong = this.references.check(path, this.target.variant, answer);
    if (wrong !== undefined) {
      throw new LabError(
        "failed",
        `wrong answer from ${this.target.variant}, worker ${answer.pid ?? "unknown"}, ${which}`,
        {
          where: this.#address(path),
          details: wrong,
          next: "if the page may differ from request to request, blank what differs with load.mask in lab.yaml",
        },
      );
    }
    if (answer.pid === null || answer.served === null) {
      throw new LabError("fleet", "an answer does not name its worker (header X-Majek-Worker)", {
        where: this.#address(path),
        next: "majek-lab up LAB --recreate (the fleet's image may be of another release)",
      });
    }
    this.#counter.record(answer.pid, answer.served);
  }

  #address(path: PathSpec): string {
    return `GET http://127.0.0.1:${this.target.port}${path.path}`;
  }

  #sample(leg: Leg): LoadSample {
    const seconds = (performance.now() - leg.startedAt - (this.hold.heldMs - leg.heldBefore)) / 1000;
    const [p50, p99] = [leg.latencies.percentile(0.5), leg.latencies.percentile(0.99)];
    return {
      requests: this.#counter.spread(),
      failed: this.#failed,
      throughput: leg.answered === 0 ? null : leg.answered / seconds,
      latency: p50 === null || p99 === null ? null : { p50, p99 },
    };
  }
}

/**
 * A load on a started fleet; sends nothing yet.
 * @param references - one object for all variants of a run
 * @param signal - stops the load at once
 * @param hold - holds it back; the time that takes is not part of its throughput
 */
export function createLoad(
  target: LoadTarget,
  spec: LoadSpec,
  references: References,
  signal: AbortSignal,
  hold = new LoadSwitch(),
): Load {
  return new ClosedLoop(target, spec, references, signal, hold);
}
