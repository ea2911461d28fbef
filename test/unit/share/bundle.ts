import { assembleImage } from "../../../src/image/assemble.js";
import type { Bundle, BundleBlob, Descriptor } from "../../../src/model/bundle.js";
import { MEDIA } from "../../../src/model/bundle.js";
import type { ImageConfig } from "../../../src/model/image.js";
import { collectBundle, type SharedLab } from "../../../src/share/collect.js";
import { composeBundle, type ImageEntry } from "../../../src/share/compose.js";
import { bytesBlob } from "../../../src/system/blobs.js";

const CONFIG: ImageConfig = {
  env: { PATH: "/bin" },
  user: "1000:1000",
  workdir: "/",
  command: ["/bin/true"],
  labels: { "org.majek-lab.lab": "small" },
  platform: "linux/amd64",
};

/** An image of small layers, whose content is text instead of a tar: nobody unpacks it here. */
export function smallImage(tag: string, layers: readonly string[], config: Partial<ImageConfig> = {}): ImageEntry {
  const blobs = layers.map((text) => bytesBlob(MEDIA.layer, text));
  const refs = blobs.map(({ digest, size }) => ({ diffId: digest, size, path: "/none" }));
  const { parts } = assembleImage(refs, { ...CONFIG, ...config }, tag);
  return { tag, parts: { ...parts, layers: blobs } };
}

/** A bundle like that of a lab with two images, but small. */
export function smallBundle(
  changes: { readonly folders?: string; readonly images?: readonly ImageEntry[] } = {},
): Bundle {
  const images = changes.images ?? [
    smallImage("localhost/majek-lab/small:3.13", ["base", "python", "lab"]),
    smallImage("localhost/majek-lab/small:3.13-majek", ["base", "patched python", "lab 2"]),
    smallImage("localhost/majek-lab/probe:0123456789ab", ["probe"], { labels: { "org.majek-lab.role": "probe" } }),
  ];
  return composeBundle(images, {
    name: "small",
    toolVersion: "0.1.0",
    platform: "linux/amd64",
    folders: bytesBlob(MEDIA.labFolders, changes.folders ?? "folders"),
    sources: bytesBlob(MEDIA.labSources, "sources"),
    sbom: bytesBlob(MEDIA.sbom, "{}"),
  });
}

/** Bytes of a blob. */
export async function bytesOf(blob: BundleBlob): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of blob.open()) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks);
}

/** Reads a bundle back from its index. @param more - blobs that are found instead of, or beside, the bundle's own */
export async function collect({ index, blobs }: Bundle, more: readonly BundleBlob[] = []): Promise<SharedLab> {
  const known = new Map([...blobs, ...more].map((blob) => [blob.digest, blob]));
  return collectBundle(await bytesOf(index), async ({ digest }: Descriptor) => {
    const blob = known.get(digest);
    if (blob === undefined) throw new Error(`no ${digest}`);
    return blob;
  });
}
