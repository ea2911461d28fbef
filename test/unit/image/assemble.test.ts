import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, describe, expect, it } from "vitest";
import { assembleImage } from "../../../src/image/assemble.js";
import type { ImageConfig, LayerRef } from "../../../src/model/image.js";
import { IDENTITY_LABEL } from "../../../src/model/image.js";
import { sha256 } from "../../../src/system/hash.js";
import { readTar } from "../../../src/system/tar.js";

const folder = mkdtempSync(join(tmpdir(), "majek-assemble-"));
afterAll(() => rmSync(folder, { recursive: true }));

function layer(name: string): LayerRef {
  const path = join(folder, name);
  writeFileSync(path, name);
  return { diffId: `sha256:${sha256(name)}`, size: name.length, path };
}

const layers = [layer("base"), layer("python")];
const TAG = "localhost/majek-lab/x:3.13";
const config: ImageConfig = {
  env: { PATH: "/bin", LC_ALL: "C.UTF-8" },
  user: "1000:1000",
  workdir: "/srv",
  command: ["/bin/run", "--now"],
  labels: { "org.majek-lab.lab": "x" },
  platform: "linux/amd64",
};

async function contents(image = assembleImage(layers, config, TAG)): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  await readTar(image.archive(), async ({ name }, content) => {
    files.set(name, (await buffer(content)).toString());
  });
  return files;
}

describe("assembleImage", () => {
  it("gives digests that never change for equal layers and settings", async () => {
    const image = assembleImage(layers, config, TAG);
    expect({
      ...image.reference,
      identity: image.identity,
      archive: sha256(await buffer(image.archive())),
    }).toMatchInlineSnapshot(`
      {
        "archive": "645f6d43a2628226d91bba978919e479ce7bd9de4a9db9d1d27c5b578f0f5c8e",
        "configDigest": "sha256:25f9a06c5abb88af0705ce3202131d0deddaa97c78e6ce56efa354f5f89db3ba",
        "diffIds": [
          "sha256:cae662172fd450bb0cd710a769079c05bfc5d8e35efa6576edc7d0377afdd4a2",
          "sha256:11a4a60b518bf24989d481468076e5d5982884626aed9faeb35b8576fcd223e1",
        ],
        "identity": "fc04ad023d8226af2685cc0b2896e79ef26e7004975fbd090c63987f6d73ccde",
        "manifestDigest": "sha256:f06b2ce64d6ecaf7bf67bca93aeec8f8d924d24f20f530680b9a569be1de811a",
        "tag": "localhost/majek-lab/x:3.13",
      }
    `);
  });

  it("does not depend on the order in which settings are written", () => {
    const turned: ImageConfig = { ...config, env: { LC_ALL: "C.UTF-8", PATH: "/bin" } };
    expect(assembleImage(layers, turned, TAG).reference).toEqual(assembleImage(layers, config, TAG).reference);
  });

  it("gives another identity to other layers, another order and other settings", () => {
    const identities = [
      assembleImage(layers, config, TAG),
      assembleImage(layers.toReversed(), config, TAG),
      assembleImage(layers.slice(1), config, TAG),
      assembleImage(layers, { ...config, user: "0:0" }, TAG),
      assembleImage(layers, { ...config, platform: "linux/arm64" }, TAG),
    ].map(({ identity }) => identity);
    expect(new Set(identities).size).toBe(5);
  });

  it("is an OCI layout: every descriptor names a blob of that digest and size", async () => {
    const files = await contents();
    expect(files.get("oci-layout")).toBe('{"imageLayoutVersion":"1.0.0"}');
    const blob = ({ digest, size }: { digest: string; size: number }): string => {
      const content = files.get(`blobs/sha256/${digest.slice(7)}`) ?? "";
      expect([`sha256:${sha256(content)}`, Buffer.byteLength(content)]).toEqual([digest, size]);
      return content;
    };
    const [entry] = JSON.parse(files.get("index.json") ?? "").manifests;
    const manifest = JSON.parse(blob(entry));
    const image = JSON.parse(blob(manifest.config));
    expect(manifest.layers.map(blob)).toEqual(["base", "python"]);
    expect(image.rootfs.diff_ids).toEqual(layers.map(({ diffId }) => diffId));
    expect([image.os, image.architecture]).toEqual(["linux", "amd64"]);
    expect(image.config.Labels).toEqual({
      "org.majek-lab.lab": "x",
      [IDENTITY_LABEL]: assembleImage(layers, config, TAG).identity,
    });
  });

  it("carries docker's own manifest for engines that read only that", async () => {
    const files = await contents();
    const [entry] = JSON.parse(files.get("manifest.json") ?? "");
    expect(entry.RepoTags).toEqual([TAG]);
    expect(entry.Layers.map((name: string) => files.get(name))).toEqual(["base", "python"]);
    expect(files.has(entry.Config)).toBe(true);
  });

  it("writes a layer that is used twice once", async () => {
    const [first] = layers;
    const files = await contents(assembleImage(first ? [first, first] : [], config, TAG));
    expect([...files.values()].filter((content) => content === "base")).toHaveLength(1);
  });
});
