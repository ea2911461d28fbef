import { describe, expect, it } from "vitest";
import { engineError, settled } from "../../../src/docker/errors.js";
import { LabError } from "../../../src/model/errors.js";

/** As docker-modem makes it of an answer. */
function refusal(statusCode: number, message: string): Error {
  const error = new Error(`(HTTP code ${statusCode}) some reason - ${message} `);
  return Object.assign(error, { statusCode, json: { message } });
}

describe("engineError", () => {
  it("names the object and what to do", () => {
    expect(engineError(refusal(404, "No such image: a:b"), "create container of a:b")).toMatchObject({
      code: "failed",
      message: "the container engine refused: No such image: a:b",
      where: "create container of a:b",
      next: "majek-lab build LAB",
    });
    expect(engineError(refusal(409, "name in use"), "x").next).toContain("majek-lab down");
    expect(engineError(refusal(500, "boom"), "x").code).toBe("engine");
  });

  it("reads a message that came without JSON", () => {
    const streamed = Object.assign(new Error("(HTTP code 404) no such container - not here "), { statusCode: 404 });
    expect(engineError(streamed, "x").message).toBe("the container engine refused: not here");
  });

  it("recognises a full disk and an engine that went away", () => {
    expect(engineError(refusal(500, "write: no space left on device"), "x")).toMatchObject({
      code: "failed",
      message: "the engine has no space left on its disk",
      where: "x",
      next: expect.stringContaining("majek-lab prune --images"),
    });
    expect(engineError(Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), "x")).toMatchObject({
      code: "engine",
      message: "the container engine went away",
      where: "x",
      next: "start it again (majek-lab doctor says how), then run the command again",
    });
  });

  it.each([
    "driver failed programming external connectivity on endpoint a (b): Error starting userland proxy: listen tcp4 127.0.0.1:32779: bind: address already in use",
    "Bind for 127.0.0.1:32779 failed: port is already allocated",
  ])("recognises a port that is taken: %s", (message) => {
    expect(engineError(refusal(500, message), "start container a")).toMatchObject({
      code: "failed",
      message: "the engine found no free port on 127.0.0.1",
      where: "start container a",
      details: [message],
    });
  });

  it.each([
    ["/cache/tree.tar", { code: "ENOENT", syscall: "open", path: "/cache/tree.tar" }],
    ["/cache/tree.tar", { code: "EACCES", syscall: "open", path: "/cache/tree.tar" }],
    ["load image", { code: "EIO", syscall: "read" }],
  ])("does not take %s of this machine for the engine: %o", (where, failure) => {
    const error = engineError(Object.assign(new Error("the reason"), failure), "load image");
    expect(error).toMatchObject({
      code: "failed",
      message: "what the engine was to get cannot be read: the reason",
      where,
      next: expect.stringContaining("majek-lab cache verify"),
    });
  });

  it("takes a socket that is gone for the engine", () => {
    const failure = { code: "ENOENT", syscall: "connect", address: "/run/docker.sock" };
    expect(engineError(Object.assign(new Error("x"), failure), "x").message).toBe("the container engine went away");
  });

  it("keeps an error that is ours already", () => {
    const ours = new LabError("input", "cut");
    expect(engineError(ours, "x")).toBe(ours);
  });
});

describe("settled", () => {
  it.each([
    [404, "No such container: x"],
    [304, ""],
    [409, "removal of container x is already in progress"],
    [409, "Container x is not running"],
    [500, "Container x is not paused"],
  ])("takes %i %s for done", async (status, message) => {
    await expect(settled("x", () => Promise.reject(refusal(status, message)))).resolves.toBeUndefined();
  });

  it("passes on everything else", async () => {
    await expect(settled("x", () => Promise.reject(refusal(409, "in use")))).rejects.toBeInstanceOf(LabError);
  });
});
