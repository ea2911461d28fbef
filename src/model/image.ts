import type { BundleBlob } from "./bundle.js";

/** Label that says which layers and settings an image was made of; it is compared instead of the engine's own id. */
export const IDENTITY_LABEL = "org.majek-lab.identity";

/** A layer in the content store. */
export interface LayerRef {
  /** `sha256:<hex>` of the uncompressed tar. */
  readonly diffId: string;
  /** Bytes. */
  readonly size: number;
  readonly path: string;
}

/** Run-time settings of an image; everything else in its configuration is fixed. */
export interface ImageConfig {
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly workdir: string;
  readonly command: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly platform: string;
}

/** An image on the engine, with the digests that identify it everywhere (ARCHITECTURE.md, "Images"). */
export interface ImageRef {
  readonly tag: string;
  readonly diffIds: readonly string[];
  /** `sha256:<hex>` of the configuration blob. */
  readonly configDigest: string;
  /** `sha256:<hex>` of our own manifest. */
  readonly manifestDigest: string;
}

/** An image to the last byte. */
export interface ImageParts {
  readonly config: BundleBlob;
  /** Lowest first. */
  readonly layers: readonly BundleBlob[];
  readonly manifest: BundleBlob;
}
