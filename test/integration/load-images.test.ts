import { buffer } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { assembledFrom, assembleImage } from "../../src/image/assemble.js";
import { ensureImage } from "../../src/image/ensure.js";
import { MEDIA } from "../../src/model/bundle.js";
import type { ImageConfig } from "../../src/model/image.js";
import { loadImages } from "../../src/pipeline/load-images.js";
import type { SharedImage } from "../../src/share/collect.js";
import { bytesBlob } from "../../src/system/blobs.js";
import { packTar } from "../../src/system/tar.js";
import { type Ground, mortalEngine, prepareGround } from "./docker-setup.js";

let ground: Ground;
beforeAll(async () => {
  ground = await prepareGround();
});
afterAll(() => ground.clean());
afterEach(async () => {
  for (const tag of (await tags()).keys()) await ground.engine.images.remove(tag);
  expect(await ground.leftovers()).toEqual([]);
});

const tagOf = (version: string): string => ground.image.replace(":base", `:${version}`);

/** An image of one file. */
async function imageOf(version: string, content: string): Promise<SharedImage> {
  const layer = await buffer(packTar([{ type: "file", name: "text", mode: 0o644, content }]));
  const blob = bytesBlob(MEDIA.layer, layer);
  const config: ImageConfig = {
    env: {},
    user: "1000:1000",
    workdir: "/",
    command: ["/text"],
    labels: ground.labels,
    platform: ground.engine.info.architecture === "arm64" ? "linux/arm64" : "linux/amd64",
  };
  const tag = tagOf(version);
  const reference = { diffId: blob.digest, size: blob.size, path: "/none" };
  const { identity, parts } = assembleImage([reference], config, tag);
  return { tag, identity, parts: { ...parts, layers: [blob] } };
}

/** Tags of this test's images, but for the one that they all start from; with the ids of their images. */
async function tags(): Promise<Map<string, string>> {
  const images = await ground.engine.images.list(ground.labels);
  const all = images.flatMap(({ id, tags: names }) => names.map((name) => [name, id] as const));
  return new Map(all.filter(([name]) => name !== ground.image).sort());
}

const quiet = { update: () => undefined, done: () => undefined, fail: () => undefined };

function load(images: readonly SharedImage[], follow: () => Promise<void>, engine = ground.engine): Promise<void> {
  const progress = { step: () => quiet } as unknown as Parameters<typeof loadImages>[0]["progress"];
  const bench = { engine, progress, signal: new AbortController().signal };
  const undone = async (): Promise<void> => undefined;
  return loadImages(bench, { name: "test", images }, async () => {
    await follow();
    return undone;
  });
}

const fail = async (): Promise<void> => {
  throw new Error("cannot write");
};

/** An image that has the tag from an earlier time, and what the engine has then. */
async function putOlder(version: string): Promise<Map<string, string>> {
  const { tag, identity, parts } = await imageOf(version, "older");
  await ensureImage(ground.engine, assembledFrom(tag, identity, parts));
  return tags();
}

describe("loading the images of a lab", () => {
  it("gives all of them their tags at the end, and removes what had them before", async () => {
    const older = await putOlder("one");
    const images = [await imageOf("one", "newer"), await imageOf("two", "new")];
    await load(images, async () => {
      expect((await tags()).get(tagOf("one"))).toBe(older.get(tagOf("one")));
      expect((await tags()).get(tagOf("two"))).toBeUndefined();
    });
    expect([...(await tags()).keys()]).toEqual([tagOf("one"), tagOf("two")]);
    for (const { tag, parts } of images) {
      expect((await ground.engine.images.inspect(tag))?.diffIds).toEqual(parts.layers.map(({ digest }) => digest));
    }
    expect(await ground.engine.images.inspect(older.get(tagOf("one")) ?? "")).toBeUndefined();
    expect(await ground.leftovers()).toHaveLength(2);
  });

  it("keeps an older image under its tag where what follows fails", async () => {
    const older = await putOlder("one");
    const images = [await imageOf("one", "newer"), await imageOf("two", "new")];
    await expect(load(images, fail)).rejects.toThrow("cannot write");
    expect(await tags()).toEqual(older);
    expect(await ground.leftovers()).toHaveLength(1);
  });

  it("keeps it where a later image is not what it was said to be", async () => {
    const older = await putOlder("one");
    const images = [await imageOf("one", "newer"), { ...(await imageOf("two", "new")), identity: "another" }];
    await expect(load(images, async () => undefined)).rejects.toMatchObject({ code: "build" });
    expect(await tags()).toEqual(older);
    expect(await ground.leftovers()).toHaveLength(1);
  });

  it("keeps it where the engine goes away, and takes the images the next time", async () => {
    const older = await putOlder("one");
    const images = [await imageOf("one", "newer"), await imageOf("two", "new")];
    const mortal = await mortalEngine(ground);
    await expect(load(images, mortal.kill, mortal.engine)).rejects.toMatchObject({ code: "engine" });
    expect((await tags()).get(tagOf("one"))).toBe(older.get(tagOf("one")));
    await load(images, async () => undefined);
    expect([...(await tags()).keys()]).toEqual([tagOf("one"), tagOf("two")]);
    expect(await ground.leftovers()).toHaveLength(2);
  });

  it("leaves an image that is there as it is, also where what follows fails", async () => {
    const images = [await imageOf("one", "newer")];
    await load(images, async () => undefined);
    const before = await tags();
    await expect(load(images, fail)).rejects.toThrow("cannot write");
    expect(await tags()).toEqual(before);
  });

  it("undoes what followed where the tags cannot be given", async () => {
    const older = await putOlder("one");
    const images = [await imageOf("one", "newer"), await imageOf("two", "new")];
    const refusing = {
      ...ground.engine,
      images: {
        ...ground.engine.images,
        tag: async (reference: string, repository: string, tag: string): Promise<void> => {
          if (tag === "two") throw new Error("no more tags");
          await ground.engine.images.tag(reference, repository, tag);
        },
      },
    };
    const done: string[] = [];
    const progress = { step: () => quiet } as unknown as Parameters<typeof loadImages>[0]["progress"];
    const bench = { engine: refusing, progress, signal: new AbortController().signal };
    const follow = async (): Promise<() => Promise<void>> => {
      done.push("followed");
      return async () => void done.push("undone");
    };
    await expect(loadImages(bench, { name: "test", images }, follow)).rejects.toThrow("no more tags");
    expect(done).toEqual(["followed", "undone"]);
    expect(await tags()).toEqual(older);
    expect(await ground.leftovers()).toHaveLength(1);
  });
});
