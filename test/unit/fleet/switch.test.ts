import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { LoadSwitch } from "../../../src/fleet/load/switch.js";

describe("the switch of a load", () => {
  it("holds back who asks while it is off, and counts how long", async () => {
    const hold = new LoadSwitch();
    const { signal } = new AbortController();
    const log: string[] = [];
    await hold.open(signal);
    hold.pause();
    const waiting = hold.open(signal).then(() => log.push("sent"));
    await delay(30);
    expect([hold.paused, log]).toEqual([true, []]);
    hold.resume();
    await waiting;
    expect(hold.heldMs).toBeGreaterThanOrEqual(25);
    const held = hold.heldMs;
    await delay(10);
    expect(hold.heldMs).toBe(held);
  });

  it("has one listener, however many wait and however often", async () => {
    const hold = new LoadSwitch();
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    hold.pause();
    const waiting = Array.from({ length: 16 }, () => hold.open(signal));
    hold.resume();
    await Promise.all(waiting);
    expect(listeners).toBe(1);
  });

  it("lets go of who waits when the command is stopped", async () => {
    const hold = new LoadSwitch();
    const stop = new AbortController();
    hold.pause();
    const waiting = hold.open(stop.signal);
    stop.abort();
    await expect(waiting).resolves.toBeUndefined();
  });
});
