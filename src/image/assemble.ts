import type { Readable } from "node:stream";
import { type BundleBlob, MEDIA } from "../model/bundle.js";
import { SOURCE_DATE_EPOCH } from "../model/guest.js";
import { IDENTITY_LABEL, type ImageConfig, type ImageParts, type ImageRef, type LayerRef } from "../model/image.js";
import { canonicalJson } from "../model/json.js";
import { bytesBlob, fileBlob } from "../system/blobs.js";
import { sha256 } from "../system/hash.js";
import { packTar, type TarEntry } from "../system/tar.js";

const CREATED = new Date(SOURCE_DATE_EPOCH * 1000).toISOString();

/** An image described to the last byte, not yet written. */
export interface Assembled {
  readonly reference: ImageRef;
  /** What {@link IDENTITY_LABEL} holds. */
  readonly identity: string;
  readonly parts: ImageParts;
  /** The OCI layout with docker's `manifest.json` beside it, uncompressed layers: old and new engines load it. */
  archive(): Readable;
}

const blobName = (digest: string): string => `blobs/sha256/${digest.slice("sha256:".length)}`;

function layerBlob({ diffId, size, path }: LayerRef): BundleBlob {
  return fileBlob({ mediaType: MEDIA.layer, digest: diffId, size }, path);
}

/** OCI image configuration (image-spec, config.md). */
function configuration(layers: readonly LayerRef[], config: ImageConfig): unknown {
  const [os, architecture] = config.platform.split("/");
  return {
    architecture,
    os,
    created: CREATED,
    config: {
      Cmd: config.command,
      Env: Object.entries(config.env)
        .map(([name, value]) => `${name}=${value}`)
        .sort(),
      Labels: config.labels,
      User: config.user,
      WorkingDir: config.workdir,
    },
    history: layers.map(() => ({ created: CREATED, created_by: "majek-lab" })),
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
  };
}

const descriptorOf = ({ mediaType, digest, size }: BundleBlob) => ({ mediaType, digest, size });

/** OCI image manifest (image-spec, manifest.md). */
function manifestOf(config: BundleBlob, layers: readonly BundleBlob[]): unknown {
  return {
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    config: descriptorOf(config),
    layers: layers.map(descriptorOf),
  };
}

/** How engines learn the name of an image in an OCI layout: the first is the specification's, the second containerd's. */
function nameAnnotations(tag: string): Readonly<Record<string, string>> {
  return {
    "org.opencontainers.image.ref.name": tag.slice(tag.lastIndexOf(":") + 1),
    "io.containerd.image.name": tag,
  };
}

function indexOf(manifest: BundleBlob, tag: string): unknown {
  return { schemaVersion: 2, manifests: [{ ...descriptorOf(manifest), annotations: nameAnnotations(tag) }] };
}

function file(name: string, value: unknown): TarEntry {
  return { type: "file", name, mode: 0o644, content: canonicalJson(value) };
}

function blobEntry({ digest, size, open }: BundleBlob): TarEntry {
  return { type: "file", name: blobName(digest), mode: 0o644, size, open };
}

function entriesOf(tag: string, { config, layers, manifest }: ImageParts): TarEntry[] {
  const blobs = [...new Map([...layers, config, manifest].map((blob) => [blob.digest, blob])).values()];
  return [
    file("oci-layout", { imageLayoutVersion: "1.0.0" }),
    file("index.json", indexOf(manifest, tag)),
    file("manifest.json", [
      { Config: blobName(config.digest), RepoTags: [tag], Layers: layers.map(({ digest }) => blobName(digest)) },
    ]),
    { type: "directory", name: "blobs/", mode: 0o755 },
    { type: "directory", name: "blobs/sha256/", mode: 0o755 },
    ...blobs.map(blobEntry).sort((a, b) => (a.name < b.name ? -1 : 1)),
  ];
}

/**
 * An image whose parts came from elsewhere, byte for byte.
 * @param identity - what its configuration says under {@link IDENTITY_LABEL}
 */
export function assembledFrom(tag: string, identity: string, parts: ImageParts): Assembled {
  return {
    reference: {
      tag,
      diffIds: parts.layers.map(({ digest }) => digest),
      configDigest: parts.config.digest,
      manifestDigest: parts.manifest.digest,
    },
    identity,
    parts,
    archive: () => packTar(entriesOf(tag, parts)),
  };
}

/**
 * Describes an image made of finished layers. Equal layers and settings give equal digests on every machine.
 * @param layers - lowest first
 * @param tag - `localhost/majek-lab/...:...`, so that no engine ever looks it up elsewhere
 */
export function assembleImage(layers: readonly LayerRef[], config: ImageConfig, tag: string): Assembled {
  const identity = sha256(canonicalJson(configuration(layers, config)));
  const labelled = { ...config, labels: { ...config.labels, [IDENTITY_LABEL]: identity } };
  const parts = {
    config: bytesBlob(MEDIA.config, canonicalJson(configuration(layers, labelled))),
    layers: layers.map(layerBlob),
  };
  const manifest = bytesBlob(MEDIA.manifest, canonicalJson(manifestOf(parts.config, parts.layers)));
  return assembledFrom(tag, identity, { ...parts, manifest });
}
