import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assembleImage, IDENTITY_LABEL } from "../../../src/image/assemble.js";
import type { ImageConfig, LayerRef } from "../../../src/model/image.js";
import { sha256 } from "../../../src/system/hash.js";
import { readTar } from "../../../src/system/tar.js";

let folder: string;
let layers: LayerRef[];
const TAG = "localhost/majek-lab/test:3.13";
const CONFIG: ImageConfig = {
  env: { B: "2", A: "1" },
  user: "1000:1000",
  workdir: "/srv/lab/app",
  command: ["python3", "-m", "majek_harness"],
  labels: { "org.majek-lab.lab": "test" },
  platform: "linux/amd64",
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "assemble-"));
  layers = await Promise.all(
    ["base", "python"].map(async (content) => {
      const path = join(folder, content);
      await writeFile(path, content);
      return { diffId: `sha256:${sha256(content)}`, size: content.length, path };
    }),
  );
});
afterAll(() => rm(folder, { recursive: true }));

async function members(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  await readTar(
    Readable.from([await buffer(assembleImage(layers, CONFIG, TAG).archive())]),
    async (header, content) => {
      if (header.type === "file") found.set(header.name, (await buffer(content)).toString());
    },
  );
  return found;
}

describe("assembleImage", () => {
  it("has digests that do not change between releases", () => {
    const { reference, identity } = assembleImage(layers, CONFIG, TAG);
    expect({ identity, config: reference.configDigest, manifest: reference.manifestDigest }).toMatchInlineSnapshot(`
      {
        "config": "sha256:93cb8d48ac9ff817aad56b40a20d8c64fdd6784530da307d818b1713f6d3b583",
        "identity": "75efb16eb29fe74996af1d0d652c6c7c1d6ded18e2d7f2984446109f23c39e6c",
        "manifest": "sha256:40592a02a1eb413d7dc306da722100454e000f0f5dd116bf35b2d1ae263a84ac",
      }
    `);
  });

  it("writes an archive in which every digest is true, for old and new engines", async () => {
    const found = await members();
    for (const [name, content] of found) {
      if (name.startsWith("blobs/")) expect(name).toBe(`blobs/sha256/${sha256(content)}`);
    }
    const [docker] = JSON.parse(found.get("manifest.json") ?? "");
    expect([docker.RepoTags, docker.Layers.map((name: string) => found.get(name))]).toEqual([
      [TAG],
      ["base", "python"],
    ]);
    const index = JSON.parse(found.get("index.json") ?? "");
    const manifest = JSON.parse(found.get(`blobs/sha256/${index.manifests[0].digest.slice(7)}`) ?? "");
    expect(`blobs/sha256/${manifest.config.digest.slice(7)}`).toBe(docker.Config);
    const config = JSON.parse(found.get(docker.Config) ?? "");
    expect(config.config.Env).toEqual(["A=1", "B=2"]);
    expect(config.config.Labels[IDENTITY_LABEL]).toBe(assembleImage(layers, CONFIG, TAG).identity);
  });

  it("changes its identity with every setting", () => {
    const plain = assembleImage(layers, CONFIG, TAG).identity;
    expect(assembleImage(layers, { ...CONFIG, user: "0" }, TAG).identity).not.toBe(plain);
    expect(assembleImage([...layers].reverse(), CONFIG, TAG).identity).not.toBe(plain);
  });
});
