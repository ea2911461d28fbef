import { describe, expect, it } from "vitest";
import { candidateSockets, compareVersions, connectEngine, negotiate } from "../../../src/docker/connect.js";

describe("negotiate", () => {
  it.each([
    ["1.41", "1.12", "1.41"],
    ["1.60", "1.44", "1.51"],
    ["1.47", undefined, "1.47"],
  ])("speaks min(engine %s, tested)", (newest, oldest, expected) => {
    expect(negotiate({ newest, oldest })).toBe(expected);
  });

  it.each([
    ["1.40", "1.12"],
    ["1.99", "1.60"],
  ])("refuses %s with a reason and exit code 4", (newest, oldest) => {
    expect(() => negotiate({ newest, oldest })).toThrow(
      expect.objectContaining({ code: "engine", next: expect.any(String) }),
    );
  });

  it("compares numbers, not text", () => {
    expect(compareVersions("1.9", "1.41")).toBeLessThan(0);
  });
});

describe("candidateSockets", () => {
  it.each(["tcp://127.0.0.1:2375", "ssh://host", "npipe:////./pipe/docker"])("refuses %s", (dockerHost) => {
    expect(() => candidateSockets({ dockerHost, xdgRuntimeDir: undefined })).toThrow(
      expect.objectContaining({ code: "engine" }),
    );
  });

  it("tries only the socket that was named", () => {
    expect(candidateSockets({ dockerHost: "unix:///x.sock", xdgRuntimeDir: "/run/user/1" })).toEqual(["/x.sock"]);
  });

  it("looks for rootless engines and Podman too", () => {
    expect(candidateSockets({ dockerHost: undefined, xdgRuntimeDir: "/run/user/1" })).toEqual(
      expect.arrayContaining(["/run/user/1/docker.sock", "/run/user/1/podman/podman.sock", "/run/podman/podman.sock"]),
    );
  });
});

describe("connectEngine", () => {
  it("says why each socket is no engine", async () => {
    const connecting = connectEngine({ dockerHost: "unix:///nonexistent.sock", xdgRuntimeDir: undefined });
    await expect(connecting).rejects.toMatchObject({
      code: "engine",
      details: ["/nonexistent.sock: no such socket"],
      next: "make engine",
    });
  });
});
