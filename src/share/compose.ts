import { type Bundle, type BundleBlob, type Descriptor, MEDIA } from "../model/bundle.js";
import type { ImageParts } from "../model/image.js";
import { canonicalJson } from "../model/json.js";
import type { Platform } from "../model/lock.js";
import { bytesBlob } from "../system/blobs.js";

/** Annotations of our own, on the manifest of the lab. */
export const ANNOTATIONS = {
  lab: "org.majek-lab.lab",
  /** Version of the tool that made the bundle. */
  tool: "org.majek-lab.tool",
  /** File name of a blob (image-spec, annotations.md). */
  title: "org.opencontainers.image.title",
  /** How containerd learns the name of an image in an index. */
  name: "io.containerd.image.name",
  /** The specification's way to say it: the tag alone. */
  tag: "org.opencontainers.image.ref.name",
} as const;

/** An image that goes into a bundle. */
export interface ImageEntry {
  /** `localhost/majek-lab/...:...`. */
  readonly tag: string;
  readonly parts: ImageParts;
}

/** What goes into a bundle beside images. */
export interface LabEntry {
  readonly name: string;
  readonly toolVersion: string;
  readonly platform: Platform;
  /** Media types {@link MEDIA}.labFolders, .labSources and .sbom. */
  readonly folders: BundleBlob;
  readonly sources: BundleBlob;
  readonly sbom: BundleBlob;
}

/** Name of each of the lab's files, for people who look into an archive or a registry. */
const TITLES: Readonly<Record<string, string>> = {
  [MEDIA.labFolders]: "lab.tar",
  [MEDIA.labSources]: "sources.tar",
  [MEDIA.sbom]: "sbom.cdx.json",
};

const descriptorOf = ({ mediaType, digest, size }: BundleBlob): Descriptor => ({ mediaType, digest, size });

function imageDescriptor({ tag, parts }: ImageEntry, platform: Platform): Descriptor {
  const [os = "", architecture = ""] = platform.split("/");
  const annotations = { [ANNOTATIONS.tag]: tag.slice(tag.lastIndexOf(":") + 1), [ANNOTATIONS.name]: tag };
  return { ...descriptorOf(parts.manifest), platform: { architecture, os }, annotations };
}

/** The lab's own manifest (image-spec 1.1, manifest.md, "Guidelines for Artifact Usage"). */
function labManifest(lab: LabEntry, empty: BundleBlob): BundleBlob {
  const layers = [lab.folders, lab.sources, lab.sbom].map((blob) => ({
    ...descriptorOf(blob),
    annotations: { [ANNOTATIONS.title]: TITLES[blob.mediaType] },
  }));
  return bytesBlob(
    MEDIA.manifest,
    canonicalJson({
      schemaVersion: 2,
      mediaType: MEDIA.manifest,
      artifactType: MEDIA.lab,
      config: descriptorOf(empty),
      layers,
      annotations: { [ANNOTATIONS.lab]: lab.name, [ANNOTATIONS.tool]: lab.toolVersion },
    }),
  );
}

const byDigest = (a: BundleBlob, b: BundleBlob): number => (a.digest < b.digest ? -1 : 1);

/** Each blob once, in the order that {@link Bundle.blobs} promises. */
export function ordered(content: readonly BundleBlob[], manifests: readonly BundleBlob[]): BundleBlob[] {
  const once = (blobs: readonly BundleBlob[]): BundleBlob[] =>
    [...new Map(blobs.map((blob) => [blob.digest, blob])).values()].sort(byDigest);
  return [...once(content), ...once(manifests)];
}

/**
 * Describes a bundle; equal images and files give equal bytes. Nothing large is read.
 * @param images - of the lab and of the probe
 */
export function composeBundle(images: readonly ImageEntry[], lab: LabEntry): Bundle {
  const empty = bytesBlob(MEDIA.empty, "{}");
  const manifest = labManifest(lab, empty);
  const sorted = [...images].sort((a, b) => (a.tag < b.tag ? -1 : 1));
  const index = {
    schemaVersion: 2,
    mediaType: MEDIA.index,
    artifactType: MEDIA.lab,
    manifests: [
      ...sorted.map((image) => imageDescriptor(image, lab.platform)),
      { ...descriptorOf(manifest), artifactType: MEDIA.lab },
    ],
  };
  const content = images.flatMap(({ parts }) => [parts.config, ...parts.layers]);
  return {
    index: bytesBlob(MEDIA.index, canonicalJson(index)),
    blobs: ordered(
      [...content, lab.folders, lab.sources, lab.sbom, empty],
      [...images.map(({ parts }) => parts.manifest), manifest],
    ),
  };
}
