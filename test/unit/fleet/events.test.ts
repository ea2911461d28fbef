import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { createDeadline } from "../../../src/fleet/deadline.js";
import { FleetEvents, parseEvent } from "../../../src/fleet/events.js";

describe("events of the harness", () => {
  it.each([
    ["no JSON", "hello"],
    ["another object", '{"level": "info"}'],
    ["an unknown event", '{"majek": "party"}'],
    ["a gate without its FIFO", '{"majek": "gate", "pid": 1}'],
    ["a worker with a broken pid", '{"majek": "worker", "pid": -3, "slot": 0}'],
    ["null", "null"],
  ])("are not %s", (_, line) => {
    expect(parseEvent(line)).toBeUndefined();
  });

  it("come in pieces, among other lines, and are remembered", async () => {
    const stdout = new PassThrough();
    const events = new FleetEvents(2, stdout);
    stdout.write('debug print\n{"majek": "gate", "pid": 1, "fifo": "/run/maj');
    stdout.write('ek/gate", "preload": true}\n{"majek": "worker", "pid": 12, "slot": 1, "replaces": null}\n');
    stdout.end('{"majek": "ready"}');
    expect(await events.first("gate")).toEqual({ majek: "gate", pid: 1, fifo: "/run/majek/gate" });
    await events.first("ready");
    expect([events.slotOf(12), events.slotOf(13)]).toEqual([1, undefined]);
    expect(await events.first("gate")).toMatchObject({ pid: 1 });
  });

  it("survive a stream that breaks", async () => {
    const stdout = new PassThrough();
    const events = new FleetEvents(1, stdout);
    stdout.write('{"majek": "error", "message": "no such module"}\n');
    expect(await events.first("error")).toMatchObject({ message: "no such module" });
    stdout.destroy(new Error("connection reset"));
  });
});

describe("a deadline", () => {
  const never = new Promise<string>(() => undefined);

  it("says what was waited for", async () => {
    const deadline = createDeadline(0.02, new AbortController().signal);
    await expect(deadline.wait(never, "godot")).rejects.toThrow("waited 0.02 s for godot");
    await expect(deadline.wait(Promise.resolve(1), "godot again")).rejects.toThrow("for godot again");
    expect(deadline.signal.aborted).toBe(true);
  });

  it("ends early when waiting has become pointless", async () => {
    const deadline = createDeadline(60, new AbortController().signal);
    deadline.pointlessWhen(Promise.resolve("it is dead"));
    await expect(deadline.wait(never, "godot")).rejects.toThrow("it is dead");
    deadline.clear();
  });

  it("ends early when nobody can tell any more whether it is pointless", async () => {
    const deadline = createDeadline(60, new AbortController().signal);
    deadline.pointlessWhen(Promise.reject(new Error("the engine went away")));
    await expect(deadline.wait(never, "godot")).rejects.toThrow("the engine went away");
    deadline.clear();
  });

  it("ends with the user's reason", async () => {
    const controller = new AbortController();
    const deadline = createDeadline(60, controller.signal);
    const waiting = deadline.wait(never, "godot");
    controller.abort(new Error("interrupted"));
    await expect(waiting).rejects.toThrow("interrupted");
    await expect(createDeadline(60, controller.signal).wait(never, "x")).rejects.toThrow("interrupted");
    deadline.clear();
  });

  it("lets what is wanted through", async () => {
    const deadline = createDeadline(60, new AbortController().signal);
    expect(await deadline.wait(Promise.resolve("here"), "godot")).toBe("here");
    deadline.clear();
  });
});
