import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LABELS } from "../../src/docker/labels.js";
import type { ImageInfo } from "../../src/docker/types.js";
import { imageName, pruneImages } from "../../src/image/prune.js";
import { type Ground, prepareGround } from "./docker-setup.js";

let ground: Ground;
beforeAll(async () => {
  ground = await prepareGround();
});
afterAll(() => ground.clean());

/** An image that carries one label of ours beside the owner of this test, as each kind does. */
async function image(kind: string, label: string): Promise<string> {
  const tag = `localhost/majek-lab/${ground.environment.owner}:${kind}`;
  // Equal content and labels would be one image.
  await ground.engine.images.importRootfs(Readable.from([ground.baseTar]), tag, { ...ground.labels, [label]: kind });
  return tag;
}

/** What others have on this engine must survive these tests. */
const ours = ({ labels }: ImageInfo): boolean => labels[LABELS.owner] === ground.environment.owner;

describe("pruning images", () => {
  it("removes those of labs, probes, seeds and builds, keeps what is used, and names both", async () => {
    const lab = await image("lab", LABELS.lab);
    const used = await image("used", LABELS.lab);
    const others = [
      await image("probe", LABELS.role),
      await image("seed", LABELS.role),
      await image("temporary", LABELS.temporary),
      await image("build", LABELS.build),
    ];
    const fleet = await ground.create({ image: used });
    const first = await pruneImages(ground.engine, new Set(), ours);
    expect(first.removed.map(imageName).sort()).toEqual([lab, ...others].sort());
    expect(first.kept.map(({ image: kept, why }) => [imageName(kept), why])).toEqual([
      [used, expect.stringMatching(/^used by used: container /)],
    ]);
    expect(await ground.engine.images.inspect(lab)).toBeUndefined();

    await fleet.remove();
    const second = await pruneImages(ground.engine, new Set(), ours);
    expect([second.removed.map(imageName), second.kept]).toEqual([[used], []]);
  });

  it("leaves whole what the user tagged, and says so", async () => {
    const tag = await image("backed-up", LABELS.lab);
    const theirs = `${ground.environment.owner}-backup:keep`;
    await ground.engine.images.tag(tag, theirs.replace(":keep", ""), "keep");
    const { removed, kept } = await pruneImages(ground.engine, new Set(), ours);
    const left = (await ground.engine.images.inspect(theirs))?.tags.toSorted();
    for (const one of [theirs, tag]) await ground.engine.images.remove(one);
    expect([removed, kept.map(({ why }) => why), left]).toEqual([[], [`also tagged ${theirs}`], [tag, theirs]]);
  });

  it("keeps the image of a container whose name for it has moved on", async () => {
    const tag = await image("moved", LABELS.lab);
    const fleet = await ground.create({ image: tag });
    const before = await ground.engine.images.inspect(tag);
    await ground.engine.images.importRootfs(Readable.from([ground.baseTar]), tag, {
      ...ground.labels,
      [LABELS.lab]: "newer",
    });
    const { removed, kept } = await pruneImages(ground.engine, new Set(), ours);
    expect(removed.map(imageName)).toEqual([tag]);
    expect(kept.map((one) => one.image.id)).toEqual([before?.id]);
    await fleet.remove();
  });
});
