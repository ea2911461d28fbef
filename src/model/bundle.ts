import type { Readable } from "node:stream";

/** Media types of the OCI image specification 1.1 that bundles use. */
export const MEDIA = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
  /** Configuration of a manifest that is no image: `{}`. */
  empty: "application/vnd.oci.empty.v1+json",
  lab: "application/vnd.majek-lab.lab.v1",
  /** Tar of the folders of a lab: its own, and the one of `appFrom`. */
  labFolders: "application/vnd.majek-lab.folders.v1.tar",
  /** Tar of what images are made with that no lock names: patches, Dockerfiles, guest sources, licences. */
  labSources: "application/vnd.majek-lab.sources.v1.tar",
  sbom: "application/vnd.cyclonedx+json",
} as const;

/** A reference to content (image-spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:<hex>`. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly artifactType?: string | undefined;
  readonly platform?: { readonly architecture: string; readonly os: string } | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** Content that can be read, any number of times. */
export interface BundleBlob {
  /** `sha256:<hex>` of what `open` sends. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly mediaType: string;
  open(): Readable;
}

/**
 * A lab with its images, as an archive holds it and a registry stores it: an OCI image index of one manifest for each
 * image, one for the probe's, and one for the lab itself (`artifactType` {@link MEDIA}.lab).
 */
export interface Bundle {
  /** Canonical JSON; its digest identifies everything. */
  readonly index: BundleBlob;
  /**
   * All that the index reaches, each once, in an order in which a registry takes it: configurations and layers first, then
   * manifests, whose media type is {@link MEDIA}.manifest. The index is not among them; it is pushed last.
   */
  readonly blobs: readonly BundleBlob[];
}
