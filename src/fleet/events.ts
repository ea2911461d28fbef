import type { Readable } from "node:stream";
import { eachLine } from "../system/lines.js";
import type { WorkerSlots } from "./load/counter.js";

/** An event of the harness (guest/harness/README.md). */
export type FleetEvent =
  | { readonly majek: "gate"; readonly pid: number; readonly fifo: string }
  | { readonly majek: "worker"; readonly pid: number; readonly slot: number; readonly replaces: number | null }
  | { readonly majek: "map"; readonly path: string | null }
  | { readonly majek: "ready" }
  | { readonly majek: "error"; readonly message: string };

const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

/** @returns `undefined` for anything that is no event: a program may print to stdout before the harness takes it away */
export function parseEvent(line: string): FleetEvent | undefined {
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (data === null || typeof data !== "object" || !("majek" in data)) return undefined;
  const { majek, pid, slot, replaces, fifo, path, message } = data as Record<string, unknown>;
  if (majek === "gate" && isCount(pid) && typeof fifo === "string") return { majek, pid, fifo };
  if (majek === "worker" && isCount(pid) && isCount(slot)) {
    return { majek, pid, slot, replaces: isCount(replaces) ? replaces : null };
  }
  if (majek === "map" && (path === null || typeof path === "string")) return { majek, path };
  if (majek === "ready") return { majek };
  if (majek === "error" && typeof message === "string") return { majek, message };
  return undefined;
}

/** What a fleet has said so far, and what it will say. */
export class FleetEvents implements WorkerSlots {
  readonly #slots = new Map<number, number>();
  readonly replaced: number[] = [];
  readonly #seen = new Map<FleetEvent["majek"], FleetEvent>();
  readonly #waiting = new Map<FleetEvent["majek"], (event: FleetEvent) => void>();

  /**
   * @param size - number of workers
   * @param stdout - of the fleet, from its beginning
   */
  constructor(
    readonly size: number,
    stdout: Readable,
  ) {
    void eachLine(stdout, (line) => {
      const event = parseEvent(line);
      if (event !== undefined) this.#take(event);
    });
  }

  slotOf(pid: number): number | undefined {
    return this.#slots.get(pid);
  }

  /** Why the fleet says that it cannot start. */
  get error(): string | undefined {
    const event = this.#seen.get("error");
    return event?.majek === "error" ? event.message : undefined;
  }

  /** Resolves with the first event of this kind, at once if it came already; never rejects. */
  first<Kind extends "gate" | "map" | "ready" | "error">(kind: Kind): Promise<Extract<FleetEvent, { majek: Kind }>> {
    return new Promise((resolve) => {
      const take = (event: FleetEvent): void => resolve(event as Extract<FleetEvent, { majek: Kind }>);
      const seen = this.#seen.get(kind);
      if (seen === undefined) this.#waiting.set(kind, take);
      else take(seen);
    });
  }

  #take(event: FleetEvent): void {
    if (event.majek === "worker") {
      this.#slots.set(event.pid, event.slot);
      if (event.replaces !== null) this.replaced.push(event.replaces);
    }
    if (this.#seen.has(event.majek)) return;
    this.#seen.set(event.majek, event);
    this.#waiting.get(event.majek)?.(event);
  }
}
