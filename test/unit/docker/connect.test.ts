import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { candidateSockets, compareVersions, connectEngine, negotiate } from "../../../src/docker/connect.js";

const nothing = { dockerHost: undefined, xdgRuntimeDir: undefined };

describe("candidateSockets", () => {
  it("asks only the socket that DOCKER_HOST names", () => {
    expect(candidateSockets({ ...nothing, dockerHost: "unix:///x/y.sock" })).toEqual(["/x/y.sock"]);
  });

  it("prefers Docker's socket, then rootless ones, then Podman's", () => {
    const sockets = candidateSockets({ ...nothing, xdgRuntimeDir: "/run/user/7" });
    expect(sockets[0]).toBe("/var/run/docker.sock");
    expect(sockets.slice(-3)).toEqual([
      "/run/user/7/docker.sock",
      "/run/user/7/podman/podman.sock",
      "/run/podman/podman.sock",
    ]);
  });

  it.each(["tcp://10.0.0.1:2375", "ssh://host", "http://127.0.0.1:2375"])("refuses %s", (dockerHost) => {
    expect(() => candidateSockets({ ...nothing, dockerHost })).toThrow(
      expect.objectContaining({ code: "engine", where: `DOCKER_HOST=${dockerHost}` }),
    );
  });
});

describe("negotiate", () => {
  it("compares versions as numbers", () => {
    expect(compareVersions("1.9", "1.41")).toBeLessThan(0);
    expect(compareVersions("2.0", "1.41")).toBeGreaterThan(0);
  });

  it("speaks the engine's version, up to the one that was tested", () => {
    expect(negotiate({ newest: "1.41", oldest: "1.12" })).toBe("1.41");
    expect(negotiate({ newest: "1.52", oldest: "1.44" })).toBe("1.45");
  });

  it("refuses what is too old or too new", () => {
    expect(() => negotiate({ newest: "1.40", oldest: "1.12" })).toThrow(/1\.41 \(Docker 20\.10\) or newer/);
    expect(() => negotiate({ newest: "1.90", oldest: "1.80" })).toThrow(/only API 1\.80/);
  });
});

describe("connectEngine", () => {
  const folder = mkdtempSync(join(tmpdir(), "majek-connect-"));
  const socket = join(folder, "engine.sock");
  const environment = { ...nothing, dockerHost: `unix://${socket}` };
  let server: Server | undefined;

  afterEach(() => {
    server?.close();
    server = undefined;
    rmSync(socket, { force: true });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** An engine that cannot be run here: old, or of another system. */
  async function answering(version: unknown): Promise<void> {
    server = createServer((_request, response) => void response.end(JSON.stringify(version)));
    await new Promise<void>((resolve) => server?.listen(socket, resolve));
  }

  it("names every socket it tried, and why", async () => {
    await expect(connectEngine(environment)).rejects.toMatchObject({
      code: "engine",
      absent: true,
      next: expect.stringContaining("unset DOCKER_HOST"),
      details: [`${socket}: no such socket`],
    });
  });

  it("tells a socket that its engine left behind", async () => {
    writeFileSync(socket, "");
    await expect(connectEngine(environment)).rejects.toMatchObject({
      details: [`${socket}: nothing listens there any more`],
    });
  });

  it.each([
    ["nothing", /^no container engine answers$/],
    ["its version only", /^the container engine does not answer$/],
  ])("does not wait for ever for one that tells %s", async (what, message) => {
    const version = JSON.stringify({ ApiVersion: "1.45", MinAPIVersion: "1.24", Os: "linux", Version: "26" });
    server = createServer(({ url }, response) => {
      if (url === "/version" && what !== "nothing") response.end(version);
    });
    await new Promise<void>((resolve) => server?.listen(socket, resolve));
    await expect(connectEngine(environment, 300)).rejects.toMatchObject({
      code: "engine",
      message: expect.stringMatching(message),
    });
    server.closeAllConnections();
  });

  it("refuses an engine of Windows containers", async () => {
    await answering({ ApiVersion: "1.45", MinAPIVersion: "1.24", Os: "windows", Version: "26" });
    await expect(connectEngine(environment)).rejects.toThrow(/runs windows containers/);
  });

  it("refuses an engine that is too old", async () => {
    await answering({ ApiVersion: "1.38", Os: "linux", Version: "18.06" });
    await expect(connectEngine(environment)).rejects.toThrow(/speaks API 1\.38/);
  });

  it("tells apart what is no engine", async () => {
    await answering("hello");
    await expect(connectEngine(environment)).rejects.toMatchObject({
      details: [`${socket}: answers, but not like a container engine`],
    });
  });
});
