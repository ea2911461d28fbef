import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, expect, it, vi } from "vitest";
import { LABELS } from "../../../src/docker/labels.js";
import type { Engine } from "../../../src/docker/types.js";
import { LabError } from "../../../src/model/errors.js";
import { writeBundle } from "../../../src/pipeline/doctor-bundle.js";
import type { Workspace } from "../../../src/pipeline/workspace.js";
import { readEnvironment } from "../../../src/system/env.js";
import { readTar } from "../../../src/system/tar.js";

const ROOT = resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "majek-bundle-fleets-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PIN = "1234";

/** An engine with a fleet that serves, and one that somebody takes down just now. */
const engine = vi.hoisted(() => ({ current: undefined as unknown }));
vi.mock("../../../src/docker/connect.js", () => ({
  connectEngine: () => Promise.resolve(engine.current),
  describeEngine: () => Promise.resolve("test 1"),
}));

function fleet(id: string): object {
  const labels = {
    [LABELS.lab]: "shop",
    [LABELS.run]: id,
    [LABELS.variant]: "seal",
    [LABELS.configHash]: "hash-of-the-pin",
    [LABELS.results]: "/results",
  };
  return { id, labels, status: "running", outOfMemory: false, port: null, createdAt: 1 };
}

engine.current = {
  containers: {
    list: () => Promise.resolve([fleet("gone"), fleet("serves")]),
    get: (id: string) => ({
      environment: () => Promise.resolve(id === "gone" ? {} : { PIN }),
      logs: () =>
        id === "gone"
          ? Promise.reject(new LabError("engine", "no such container"))
          : Promise.resolve({ stdout: Readable.from(["up"]), stderr: Readable.from([`PIN=${PIN}`]) }),
    }),
  },
} as unknown as Engine;

it("has the logs of the fleets, also where one goes meanwhile, and nothing that is made of their secrets", async () => {
  const workspace = {
    environment: readEnvironment({ HOME: folder }),
    workingDirectory: folder,
    packageRoot: ROOT,
    interrupts: { signal: new AbortController().signal },
  } as unknown as Workspace;
  const file = join(folder, "help.tar");
  await writeBundle(workspace, file, "{}");
  const files = new Map<string, string>();
  await readTar(Readable.from([await readFile(file)]), async ({ name, type }, content) => {
    if (type === "file") files.set(name.replace("majek-lab-doctor/", ""), await text(content));
  });
  expect(files.get("fleets/shop-seal-serves.log")).toBe("== stdout\nup\n== stderr\nPIN=[PIN]");
  expect(files.get("fleets/shop-seal-gone.log")).toBe("unreadable: no such container\n");
  // Whoever knows the lab finds a short secret by trying which one gives the hash.
  expect(files.get("fleets/fleets.json")).not.toContain("hash-of-the-pin");
});
