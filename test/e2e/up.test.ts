import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyFlagship } from "./lab.js";
import { type InstalledTool, installTool, labelled } from "./tool.js";

const LAB = "e2e-up";
const PAIR = ["--variant", "preload", "--variant", "seal"];
/** Something of another lab, as a developer's own fleets are while the tests run. */
const BYSTANDER = "e2e-bystander";
let tool: InstalledTool;

beforeAll(async () => {
  tool = await installTool();
  await copyFlagship(tool, LAB);
  for (const lab of [LAB, BYSTANDER]) await tool.run(["down", lab]);
  const labels = ["lab", "run", "owner"].flatMap((key) => ["--label", `org.majek-lab.${key}=${BYSTANDER}`]);
  await promisify(execFile)("docker", ["network", "create", ...labels, BYSTANDER]);
});

afterAll(async () => {
  for (const lab of [LAB, BYSTANDER]) await tool.run(["down", lab]);
  await tool.remove();
});

describe("the packed tool, far from its checkout", () => {
  it("lists the labs that came with it", async () => {
    const { code, stdout } = await tool.run(["list"]);
    expect(code).toBe(0);
    expect(stdout).toContain("django-8workers");
  });

  it.each([
    [2, ["frobnicate"]],
    [2, ["up"]],
    [2, ["up", "no-such-lab"]],
    [2, ["up", LAB, "--workers", "0"]],
    [2, ["up", LAB, "--variant", "nope"]],
    [0, ["--help"]],
    [0, ["up", "--help"]],
  ])("exits %i for %j", async (expected, args) => {
    expect((await tool.run(args)).code).toBe(expected);
  });

  it("refuses an engine that does not answer, and a remote one", async () => {
    const absent = await tool.run(["status"], { env: { DOCKER_HOST: "unix:///nonexistent/engine.sock" } });
    expect([absent.code, absent.stderr]).toEqual([4, expect.stringContaining("next:")]);
    const remote = await tool.run(["status"], { env: { DOCKER_HOST: "tcp://198.51.100.1:2375" } });
    expect([remote.code, remote.stderr]).toEqual([4, expect.stringContaining("remote")]);
  });
});

describe("up --detach", () => {
  it("prints the run, stores it, and leaves the fleets", async () => {
    const { code, stdout, stderr } = await tool.run([
      "up",
      LAB,
      ...PAIR,
      "--requests",
      "60",
      "--detach",
      "--format",
      "json",
    ]);
    expect(code, stderr).toBe(0);
    const run = JSON.parse(stdout);
    expect(run.schemaVersion).toBe(1);
    expect(Object.keys(run.variants).sort()).toEqual(["preload", "seal"]);
    const [stored] = (await readdir(join(tool.folder, "results", LAB))).filter((name) => name !== "latest");
    const onDisk = JSON.parse(await readFile(join(tool.folder, "results", LAB, stored ?? "", "run.json"), "utf8"));
    expect(onDisk.id).toBe(run.id);
    expect(await readFile(join(tool.folder, "results", LAB, "latest", "samples.csv"), "utf8")).toContain(
      "shared_fraction",
    );
    const last = run.variants.seal.checkpoints.at(-1);
    expect(last.method).toBe("pfn");
    expect(last.failed).toBe(0);
    expect(last.requests.min).toBeGreaterThanOrEqual(60);
    expect(last.sharedFraction.mean).toBeGreaterThan(run.variants.preload.checkpoints.at(-1).sharedFraction.mean);
  });

  it("shows them in status", async () => {
    const { stdout } = await tool.run(["status", LAB, "--format", "json"]);
    expect(
      JSON.parse(stdout)
        .fleets.map((fleet: { variant: string }) => fleet.variant)
        .sort(),
    ).toEqual(["preload", "seal"]);
  });

  it("runs commands in a fleet and hands on their exit code", async () => {
    const version = await tool.run([
      "exec",
      LAB,
      "--variant",
      "seal",
      "--",
      "python3",
      "-c",
      "import sys; print(sys.version)",
    ]);
    expect([version.code, version.stdout]).toEqual([0, expect.stringContaining("majek")]);
    expect((await tool.run(["exec", LAB, "--", "python3", "-c", "raise SystemExit(7)"])).code).toBe(7);
  });

  it("has logs", async () => {
    const { code, stdout } = await tool.run(["logs", LAB, "--variant", "seal"]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('"majek"')]);
  });

  it("has no way out of the fleet", async () => {
    const attempt = "import socket; socket.create_connection(('192.0.2.1', 80), 3)";
    expect((await tool.run(["exec", LAB, "--", "python3", "-c", attempt])).code).not.toBe(0);
  });

  it("is harmless when repeated", async () => {
    const before = await labelled(LAB);
    const { code, stderr } = await tool.run(["up", LAB, ...PAIR, "--requests", "60", "--detach"]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("already")]);
    expect(await labelled(LAB)).toEqual(before);
  });

  it("is harmless from another working directory, too", async () => {
    const elsewhere = ["--results", join(tool.folder, "elsewhere")];
    const { code, stderr } = await tool.run(["up", LAB, ...PAIR, "--requests", "60", ...elsewhere]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("already")]);
  });

  it("says in a dry run what it keeps, and on a changed lab what it would replace", async () => {
    const before = await labelled(LAB);
    const same = await tool.run(["up", LAB, ...PAIR, "--requests", "60", "--dry-run"]);
    expect([same.code, same.stdout]).toEqual([0, expect.stringMatching(/^to build +nothing$/m)]);
    expect(same.stdout).toMatch(/^to replace +nothing$/m);
    expect(same.stdout).toMatch(/^to keep +(preload, seal|seal, preload)$/m);
    expect(same.stdout).toMatch(/^to start +nothing$/m);
    const changed = await tool.run(["up", LAB, "--variant", "preload", "--workers", "2", "--dry-run"]);
    expect(changed.stdout).toMatch(/^to replace +preload \(the lab or its numbers have changed\)$/m);
    expect(changed.stdout).toMatch(/^to start +preload$/m);
    expect(await labelled(LAB)).toEqual(before);
  });

  it("says on a changed lab what it replaces", async () => {
    const { code, stderr } = await tool.run([
      "up",
      LAB,
      "--variant",
      "preload",
      "--workers",
      "2",
      "--requests",
      "20",
      "--detach",
    ]);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/replac/)]);
  });

  it("goes away with down, whole, and nothing else does", async () => {
    const { code } = await tool.run(["down", LAB]);
    expect(code).toBe(0);
    expect(await labelled(LAB)).toEqual([]);
    expect(await labelled(BYSTANDER)).toEqual([`network ${BYSTANDER}`]);
    // It would have been removed by whoever meant it.
    await tool.run(["down", BYSTANDER]);
    expect(await labelled(BYSTANDER)).toEqual([]);
  });
});

describe("run --short", () => {
  it("measures, meets the short expectations, and leaves nothing", async () => {
    const { code, stderr } = await tool.run(["run", LAB, "--short", ...PAIR]);
    expect(code, stderr).toBe(0);
    expect(await labelled(LAB)).toEqual([]);
    const check = await tool.run(["check", "latest", "--format", "json"]);
    expect(check.code, check.stderr).toBe(0);
    expect(JSON.parse(check.stdout).expectations.map(({ status }: { status: string }) => status)).toContain("met");
  });
});
