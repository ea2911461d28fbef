import type { Readable } from "node:stream";
import { SOURCE_DATE_EPOCH } from "../model/guest.js";
import type { ImageConfig, ImageRef, LayerRef } from "../model/image.js";
import { canonicalJson } from "../model/json.js";
import { sha256 } from "../system/hash.js";
import { packTar, type TarEntry } from "../system/tar.js";

/** Label that says which layers and settings an image was made of; it is compared instead of the engine's own id. */
export const IDENTITY_LABEL = "org.majek-lab.identity";

const CREATED = new Date(SOURCE_DATE_EPOCH * 1000).toISOString();

/** An image described to the last byte, not yet written. */
export interface Assembled {
  readonly reference: ImageRef;
  /** What {@link IDENTITY_LABEL} holds. */
  readonly identity: string;
  /** The OCI layout with docker's `manifest.json` beside it, uncompressed layers: old and new engines load it. */
  archive(): Readable;
}

interface Blob {
  readonly digest: string;
  readonly size: number;
  readonly entry: TarEntry;
}

const blobName = (digest: string): string => `blobs/sha256/${digest.slice("sha256:".length)}`;

function jsonBlob(value: unknown): Blob {
  const content = canonicalJson(value);
  const digest = `sha256:${sha256(content)}`;
  return {
    digest,
    size: Buffer.byteLength(content),
    entry: { type: "file", name: blobName(digest), mode: 0o644, content },
  };
}

function layerBlob(layer: LayerRef): Blob {
  return {
    digest: layer.diffId,
    size: layer.size,
    entry: { type: "file", name: blobName(layer.diffId), mode: 0o644, path: layer.path },
  };
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

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar";

/** OCI image manifest (image-spec, manifest.md). */
function manifestOf(config: Blob, layers: readonly Blob[]): unknown {
  return {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: CONFIG, digest: config.digest, size: config.size },
    layers: layers.map(({ digest, size }) => ({ mediaType: LAYER, digest, size })),
  };
}

function indexOf(manifest: Blob, tag: string): unknown {
  const annotations = {
    "org.opencontainers.image.ref.name": tag.slice(tag.lastIndexOf(":") + 1),
    "io.containerd.image.name": tag,
  };
  return {
    schemaVersion: 2,
    manifests: [{ mediaType: MANIFEST, digest: manifest.digest, size: manifest.size, annotations }],
  };
}

function file(name: string, value: unknown): TarEntry {
  return { type: "file", name, mode: 0o644, content: canonicalJson(value) };
}

function entriesOf(tag: string, config: Blob, layers: readonly Blob[], manifest: Blob): TarEntry[] {
  const blobs = [...new Map([...layers, config, manifest].map((blob) => [blob.digest, blob.entry])).values()];
  return [
    file("oci-layout", { imageLayoutVersion: "1.0.0" }),
    file("index.json", indexOf(manifest, tag)),
    file("manifest.json", [
      { Config: blobName(config.digest), RepoTags: [tag], Layers: layers.map(({ digest }) => blobName(digest)) },
    ]),
    { type: "directory", name: "blobs/", mode: 0o755 },
    { type: "directory", name: "blobs/sha256/", mode: 0o755 },
    ...blobs.sort((a, b) => (a.name < b.name ? -1 : 1)),
  ];
}

/**
 * Describes an image made of finished layers. Equal layers and settings give equal digests on every machine.
 * @param layers - lowest first
 * @param tag - `localhost/majek-lab/...:...`, so that no engine ever looks it up elsewhere
 */
export function assembleImage(layers: readonly LayerRef[], config: ImageConfig, tag: string): Assembled {
  const identity = sha256(canonicalJson(configuration(layers, config)));
  const labelled = { ...config, labels: { ...config.labels, [IDENTITY_LABEL]: identity } };
  const configBlob = jsonBlob(configuration(layers, labelled));
  const layerBlobs = layers.map(layerBlob);
  const manifest = jsonBlob(manifestOf(configBlob, layerBlobs));
  return {
    reference: {
      tag,
      diffIds: layers.map(({ diffId }) => diffId),
      configDigest: configBlob.digest,
      manifestDigest: manifest.digest,
    },
    identity,
    archive: () => packTar(entriesOf(tag, configBlob, layerBlobs, manifest)),
  };
}
