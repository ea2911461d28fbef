import { describe, expect, it } from "vitest";
import type { ContainerState, ImageInfo } from "../../../src/docker/types.js";
import { imageName, reasonToKeep } from "../../../src/image/prune.js";

const LAB = { "org.majek-lab.lab": "shop" };
const lab: ImageInfo = { id: "sha256:aa11", tags: ["localhost/majek-lab/shop:3.13"], labels: LAB, sizeBytes: 1 };
const probe: ImageInfo = { ...lab, id: "sha256:bb22", labels: { "org.majek-lab.role": "probe" } };
const nobody: ReadonlySet<string> = new Set();

function container(imageId: string, name: string, labels: ContainerState["labels"]): ContainerState {
  const state = { status: "exited", exitCode: 0, outOfMemory: false, port: null, createdAt: 0 } as const;
  return { id: name, name, image: "a name that moved on", imageId, labels, ...state };
}

describe("an image", () => {
  const fleet = { ...LAB, "org.majek-lab.role": "fleet", "org.majek-lab.variant": "seal" };

  it("may go when nothing needs it", () => {
    expect(reasonToKeep(lab, [container("sha256:other", "fleet", fleet)], nobody)).toBeUndefined();
    expect(reasonToKeep(lab, [], new Set(["another"]))).toBeUndefined();
  });

  it("stays for a fleet, stopped or not, and says for which", () => {
    expect(reasonToKeep(lab, [container(lab.id, "fleet", fleet)], nobody)).toBe("used by fleet shop seal");
  });

  it("stays for somebody else's container", () => {
    expect(reasonToKeep(lab, [container(lab.id, "theirs", {})], nobody)).toBe("used by container theirs");
  });

  it("stays while its lab is at work, and one of no lab while any is", () => {
    const busy = new Set(["shop"]);
    expect([lab, probe].map((image) => reasonToKeep(image, [], busy))).toEqual([
      "majek-lab is at work on shop",
      "majek-lab is at work on shop",
    ]);
    expect(reasonToKeep(probe, [], new Set(["another"]))).toBe("majek-lab is at work on another");
  });

  it("stays for a tag that is not ours", () => {
    const tags = [...lab.tags, "mine/backup:keep", "localhost/mine:1"];
    expect(reasonToKeep({ ...lab, tags }, [], nobody)).toBe("also tagged mine/backup:keep, localhost/mine:1");
  });

  it("is called by its tags, or by its id where it has none", () => {
    expect(imageName(lab)).toBe("localhost/majek-lab/shop:3.13");
    expect(imageName({ ...lab, tags: [], id: "sha256:0123456789abcdef" })).toBe("0123456789ab");
  });
});
