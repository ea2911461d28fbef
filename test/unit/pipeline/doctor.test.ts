import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { EngineInfo } from "../../../src/docker/types.js";
import { doctor } from "../../../src/pipeline/doctor.js";
import { diskFinding, engineFindings, GENERAL, nodeFinding } from "../../../src/pipeline/findings-machine.js";
import type { Workspace } from "../../../src/pipeline/workspace.js";
import { readEnvironment } from "../../../src/system/env.js";

const ROOT = resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "majek-doctor-"));
afterAll(() => rmSync(folder, { recursive: true }));
let printed = "";

const workspace = (): Workspace =>
  ({
    environment: readEnvironment({ HOME: folder, DOCKER_HOST: `unix://${folder}/none.sock` }),
    workingDirectory: folder,
    packageRoot: ROOT,
    interrupts: { signal: new AbortController().signal },
    print: (text: string) => {
      printed += text;
    },
  }) as unknown as Workspace;

const ENGINE: EngineInfo = {
  name: "docker",
  version: "26.1.5",
  apiVersion: "1.45",
  architecture: "amd64",
  kernel: "6.1",
  cpus: 1,
  memoryBytes: 3e9,
  storageDriver: "overlay2",
  storageFolder: "/var/lib/docker",
  rootless: false,
  limitsSwap: true,
  endpoint: "unix:///var/run/docker.sock",
};

beforeEach(() => {
  printed = "";
});

const found = (): { check: string; status: string; found: string; remedy: string }[] => JSON.parse(printed).findings;

describe("doctor", () => {
  it("says of everything that fails what to do", async () => {
    await expect(doctor(workspace(), { format: "json" })).rejects.toMatchObject({ code: "engine" });
    const [engine] = found().filter(({ check }) => check === "engine");
    expect(engine).toMatchObject({ status: "fail", remedy: expect.stringContaining("DOCKER_HOST") });
    expect(found().filter(({ status, remedy }) => status === "fail" && remedy === "")).toEqual([]);
  });

  it("compares with what labs need", () => {
    const memory = engineFindings(ENGINE, { ...GENERAL, memory: 3.1e9 }).find(({ check }) => check === "memory");
    expect(memory).toMatchObject({ status: "fail", remedy: "3,100.0 MB are needed" });
    expect(engineFindings(ENGINE, { ...GENERAL, memory: 2e9 }).filter(({ status }) => status !== "ok")).toMatchObject([
      { check: "processors", status: "warn" },
    ]);
  });

  it("looks at the disk of a folder that will be made", async () => {
    const path = join(folder, "not/yet");
    expect(await diskFinding(path, { memory: 0, disk: 0, ampleDisk: 0 }, "")).toMatchObject({ status: "ok" });
    const none = await diskFinding(path, { memory: 0, disk: 1e18, ampleDisk: 1e18 }, "buy one");
    expect(none).toMatchObject({ status: "fail", remedy: expect.stringContaining("MB are needed: buy one") });
  });

  it.each([
    ["20.19.0", "ok"],
    ["22.1.0", "ok"],
    ["20.18.9", "fail"],
    ["18.20.0", "fail"],
  ])("judges Node %s", (version, status) => {
    expect(nodeFinding(version, ">=20.19").status).toBe(status);
  });
});

describe("doctor --workshop", () => {
  it("works without an engine, and asks for the room that the stick's labs take", async () => {
    await mkdir(folder, { recursive: true });
    const lab = { name: "one", title: "One", memoryBytes: 1e9, share: "share/one.tar", shareBytes: 4e15 };
    const stick = { schemaVersion: 1, toolVersion: "1.0.0", platform: "linux/amd64", serves: "one", labs: [lab] };
    await writeFile(join(folder, "stick.json"), JSON.stringify(stick));
    await expect(doctor(workspace(), { format: "json", workshop: true })).rejects.toMatchObject({ code: "engine" });
    expect(found().map(({ check }) => check)).toEqual(expect.arrayContaining(["node", "engine", "huge pages", "swap"]));
    const disk = found().find(({ check }) => check === "disk");
    expect(disk).toMatchObject({
      status: "fail",
      remedy: expect.stringContaining("8,000,002,000.0 MB are needed"),
    });
  });

  it("says where the stick's description is damaged", async () => {
    await writeFile(join(folder, "stick.json"), '{"schemaVersion":1}');
    await expect(doctor(workspace(), { format: "json", workshop: true })).rejects.toMatchObject({ code: "input" });
    rmSync(join(folder, "stick.json"));
  });
});
