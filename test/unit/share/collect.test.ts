import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Bundle, MEDIA } from "../../../src/model/bundle.js";
import { canonicalJson } from "../../../src/model/json.js";
import { bytesBlob } from "../../../src/system/blobs.js";
import { bytesOf, collect, smallBundle, smallImage } from "./bundle.js";

interface Index {
  manifests: { digest: string; size: number; annotations: Record<string, string>; platform: Record<string, string> }[];
}

/** The bundle with another index. */
async function withIndex(bundle: Bundle, change: (index: Index) => void): Promise<Bundle> {
  const index = JSON.parse((await bytesOf(bundle.index)).toString()) as Index;
  change(index);
  return { ...bundle, index: bytesBlob(MEDIA.index, canonicalJson(index)) };
}

describe("a bundle", () => {
  it("has the same bytes whatever the order of its images", () => {
    const images = ["a", "b"].map((tag) => smallImage(`localhost/majek-lab/small:${tag}`, [tag]));
    const [one, other] = [smallBundle({ images }), smallBundle({ images: images.toReversed() })];
    expect(other.index.digest).toBe(one.index.digest);
    expect(other.blobs.map(({ digest }) => digest)).toEqual(one.blobs.map(({ digest }) => digest));
  });

  it("lists every blob once, manifests last, as a registry takes them", () => {
    const { blobs } = smallBundle();
    expect(new Set(blobs.map(({ digest }) => digest)).size).toBe(blobs.length);
    const manifests = blobs.map(({ mediaType }) => mediaType === MEDIA.manifest);
    expect(manifests).toEqual([...manifests].sort());
    // Three images, the lab; six layers of which one is shared; three configurations, and `{}` twice as itself and SBOM.
    expect(manifests.filter(Boolean)).toHaveLength(4);
  });

  it("is read back as it was composed", async () => {
    const bundle = smallBundle();
    const shared = await collect(bundle);
    expect(shared).toMatchObject({ name: "small", toolVersion: "0.1.0", platform: "linux/amd64" });
    expect(shared.images.map(({ tag }) => tag)).toEqual([
      "localhost/majek-lab/probe:0123456789ab",
      "localhost/majek-lab/small:3.13",
      "localhost/majek-lab/small:3.13-majek",
    ]);
    expect(shared.bundle.index.digest).toBe(bundle.index.digest);
    expect(shared.bundle.blobs.map(({ digest }) => digest)).toEqual(bundle.blobs.map(({ digest }) => digest));
    expect((await bytesOf(shared.folders)).toString()).toBe("folders");
  });
});

describe("a bundle that is not what it should be is refused", () => {
  const refused = (bundle: Bundle | Promise<Bundle>) =>
    expect(Promise.resolve(bundle).then((one) => collect(one))).rejects.toMatchObject({ code: "input" });

  it("with any byte of the index or of a manifest altered", async () => {
    const bundle = smallBundle();
    // Files are compared by whoever stores them; here it is about what is parsed.
    const files: string[] = [MEDIA.layer, MEDIA.labFolders, MEDIA.labSources, MEDIA.sbom];
    const small = [bundle.index, ...bundle.blobs.filter(({ mediaType }) => !files.includes(mediaType))];
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (which, at, bits) => {
        const blob = small[which % small.length];
        if (blob === undefined) throw new Error("no blob");
        const bytes = await bytesOf(blob);
        const position = at % bytes.length;
        bytes[position] = (bytes[position] ?? 0) ^ bits;
        const altered = { ...blob, open: bytesBlob(blob.mediaType, bytes).open };
        const spoilt = blob === bundle.index ? { ...bundle, index: altered } : bundle;
        await expect(collect(spoilt, [altered])).rejects.toThrow();
      }),
    );
  });

  it("with a size that is not its blob's", () =>
    refused(
      withIndex(smallBundle(), ({ manifests }) => {
        if (manifests[0]) manifests[0].size += 1;
      }),
    ));

  it("with an image that claims another platform, or another name", async () => {
    await refused(
      withIndex(smallBundle(), ({ manifests }) => {
        for (const { platform } of manifests) if (platform) platform.architecture = "arm64";
      }),
    );
    for (const name of ["python:3.13", "localhost/majek-lab/smell:3.13"]) {
      await refused(
        withIndex(smallBundle(), ({ manifests }) => {
          const one = manifests.find(({ annotations }) => annotations["org.opencontainers.image.ref.name"] === "3.13");
          if (one) one.annotations["io.containerd.image.name"] = name;
        }),
      );
    }
  });

  it("with two images of one name", () => {
    const tag = "localhost/majek-lab/small:3.13";
    return refused(smallBundle({ images: [smallImage(tag, ["a"]), smallImage(tag, ["b"])] }));
  });

  it("without a lab, or with two", async () => {
    await refused(withIndex(smallBundle(), ({ manifests }) => void manifests.pop()));
    await refused(
      withIndex(smallBundle(), ({ manifests }) => {
        const lab = manifests.at(-1);
        if (lab) manifests.push(lab);
      }),
    );
  });

  it("with an index in another form of JSON", async () => {
    const bundle = smallBundle();
    const text = JSON.stringify(JSON.parse((await bytesOf(bundle.index)).toString()), null, 1);
    await refused({ ...bundle, index: bytesBlob(MEDIA.index, text) });
    await refused({ ...bundle, index: bytesBlob(MEDIA.index, "[".repeat(400_000) + "]".repeat(400_000)) });
  });
});
