import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type InstalledTool, installTool, type Outcome, type Place } from "../e2e/tool.js";
import { ENGINES, startEngine } from "./nested-engine.js";

const LAB = "engine-matrix";
/** Folder of labs that were loaded. */
const LOADED = "loaded";
const caches = await mkdtemp(join(tmpdir(), "majek-caches-"));
const digests = new Map<string, unknown>();
/** Line with the sha256 of the archive that was saved on each engine. */
const archives = new Map<string, string | undefined>();
let tool: InstalledTool;

function good({ code, stdout, stderr }: Outcome): string {
  expect(code, stderr).toBe(0);
  return stdout;
}

/** Digests of every image, without what an engine says of them. */
function digestsIn(text: string): unknown {
  const { images } = JSON.parse(text) as { images: Record<string, unknown>[] };
  return images.map(({ tag, diffIds, configDigest, manifestDigest }) => ({
    tag,
    diffIds,
    configDigest,
    manifestDigest,
  }));
}

beforeAll(async () => {
  tool = await installTool();
  await cp(resolve(import.meta.dirname, "../fixtures/labs", LAB), join(tool.folder, "labs", LAB), { recursive: true });
  // Inputs are downloaded once, into a store that has no tree yet.
  good(await tool.run(["fetch", LAB, "--frozen"], { env: { MAJEK_LAB_CACHE: join(caches, "inputs") } }));
});

afterAll(async () => {
  await tool.remove();
  await rm(caches, { recursive: true, force: true });
});

/** Loads an archive with a content store that has nothing, and runs the images as they came. */
async function startFromArchive(archive: string, { env, ...rest }: Place): Promise<void> {
  const place = { ...rest, env: { ...env, MAJEK_LAB_CACHE: `${archive}.cache` } };
  good(await tool.run(["load", archive, "--into", LOADED], place));
  const up = await tool.run(["up", `./${LOADED}/${LAB}`, "--requests", "100", "--offline"], place);
  good(up);
  expect(up.stderr).toMatch(/images? (is|are) on the engine as lab.lock expects/);
  good(await tool.run(["down", LAB], place));
}

describe.each(ENGINES)("$title", (kind) => {
  it("builds, runs, saves and removes a lab with no tree from elsewhere, then loads it and runs that", async () => {
    const cache = join(caches, kind.title.replace(/\W+/g, "-"));
    await mkdir(cache, { recursive: true });
    await cp(join(caches, "inputs", "sha256"), join(cache, "sha256"), { recursive: true });
    const engine = await startEngine(kind);
    const place: Place = { ...engine.place, env: { ...engine.place.env, MAJEK_LAB_CACHE: cache } };
    try {
      const built = good(await tool.run(["build", LAB, "--frozen", "--format", "json"], place));
      digests.set(kind.title, digestsIn(built));
      good(await tool.run(["up", LAB, "--requests", "100"], place));
      expect(good(await tool.run(["status"], place))).toContain(LAB);
      good(await tool.run(["down", LAB], place));
      expect(good(await tool.run(["status"], place))).not.toContain(LAB);
      const archive = join(cache, `${LAB}.tar`);
      archives.set(kind.title, good(await tool.run(["save", LAB, "--offline", "-o", archive], place)).split("\n")[1]);
      good(await tool.run(["prune", "--images"], place));
      await startFromArchive(archive, place);
    } finally {
      await engine.close();
      await rm(cache, { recursive: true, force: true });
      await rm(join(tool.folder, LOADED), { recursive: true, force: true });
    }
  });
});

it("all have the same digests, and archives of the same bytes", () => {
  const [first] = digests.values();
  expect(digests.size).toBe(ENGINES.length);
  for (const [title, found] of digests) expect(found, title).toEqual(first);
  expect(archives.size).toBe(ENGINES.length);
  expect([...new Set(archives.values())]).toEqual([expect.stringMatching(/^sha256:[0-9a-f]{64}$/)]);
});
