import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";

// With DOCKER_HOST set the script neither installs nor starts anything.
const SCRIPT = resolve(import.meta.dirname, "../../scripts/engine.sh");
let folder = "";
let socket = "";
let server: Server | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "majek-engine-script-"));
  socket = join(folder, "engine.sock");
});

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
  server = undefined;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** What Podman 5 says through its Docker API. */
const PODMAN = {
  Components: [{ Name: "Podman Engine", Version: "5.4.2" }],
  Version: "5.4.2",
  ApiVersion: "1.41",
  MinAPIVersion: "1.24",
  Os: "linux",
  Arch: "amd64",
};

/** Answers `/_ping`, `/version` and `/info`, with a version before the path or without. */
async function serve(version: object): Promise<void> {
  server = createServer((request, response) => {
    const path = (request.url ?? "").replace(/^\/v[\d.]+/, "");
    if (path === "/_ping") return void response.end("OK");
    const body = path === "/version" ? version : { NCPU: 2, Driver: "overlay", CgroupVersion: "2" };
    response.setHeader("content-type", "application/json").end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server?.listen(socket, done));
}

function makeEngine(dockerHost: string): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((done) => {
    const env = { ...process.env, DOCKER_HOST: dockerHost };
    execFile(SCRIPT, { env }, (error, stdout, stderr) => done({ code: Number(error?.code ?? 0), stdout, stderr }));
  });
}

it("does nothing where Podman answers", async () => {
  await serve(PODMAN);
  expect(await makeEngine(`unix://${socket}`)).toEqual({ code: 0, stdout: "", stderr: "" });
});

it("does nothing where Docker answers", async () => {
  expect(await makeEngine("")).toEqual({ code: 0, stdout: "", stderr: "" });
});

it("refuses a remote engine as the tool does, and does not take a local one instead", async () => {
  const { code, stderr } = await makeEngine("tcp://198.51.100.1:2375");
  expect([code, stderr]).toEqual([4, expect.stringMatching(/a remote engine cannot run labs.*unset DOCKER_HOST/s)]);
});

it("says what the tool would say of an engine that it cannot use", async () => {
  await serve({ ...PODMAN, ApiVersion: "1.24" });
  const { code, stderr } = await makeEngine(`unix://${socket}`);
  expect([code, stderr]).toEqual([4, expect.stringMatching(/speaks API 1\.24; 1\.41 .*update the container engine/s)]);
});

it("does not start an engine in place of one that DOCKER_HOST names", async () => {
  const { code, stderr } = await makeEngine("unix:///nonexistent/engine.sock");
  expect([code, stderr]).toEqual([4, expect.stringContaining("DOCKER_HOST=unix:///nonexistent/engine.sock")]);
});
