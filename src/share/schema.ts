import { z } from "zod";
import { MEDIA } from "../model/bundle.js";
import { ANNOTATIONS } from "./compose.js";

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, "not a sha256 digest");
const size = z.int().nonnegative();
const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "not a lab's name");
/** Never a name that an engine could look up elsewhere. */
const imageName = z
  .string()
  .regex(/^localhost\/majek-lab\/[a-z0-9][a-z0-9-]*:[A-Za-z0-9._-]{1,64}$/, "not a lab's image");

const descriptor = <T extends string>(mediaType: T) => ({ mediaType: z.literal(mediaType), digest, size });

const imageDescriptor = z.strictObject({
  ...descriptor(MEDIA.manifest),
  platform: z.strictObject({ architecture: z.enum(["amd64", "arm64"]), os: z.literal("linux") }),
  annotations: z.strictObject({ [ANNOTATIONS.tag]: z.string(), [ANNOTATIONS.name]: imageName }),
});
const labDescriptor = z.strictObject({ ...descriptor(MEDIA.manifest), artifactType: z.literal(MEDIA.lab) });

/** The index of a bundle: images, the probe's among them, and the lab. */
export const indexSchema = z.strictObject({
  schemaVersion: z.literal(2),
  mediaType: z.literal(MEDIA.index),
  artifactType: z.literal(MEDIA.lab),
  manifests: z
    .array(z.union([imageDescriptor, labDescriptor]))
    .min(3)
    .max(32),
});

export const imageManifestSchema = z.strictObject({
  schemaVersion: z.literal(2),
  mediaType: z.literal(MEDIA.manifest),
  config: z.strictObject(descriptor(MEDIA.config)),
  layers: z
    .array(z.strictObject(descriptor(MEDIA.layer)))
    .min(1)
    .max(8),
});

const file = <T extends string>(mediaType: T) =>
  z.strictObject({ ...descriptor(mediaType), annotations: z.strictObject({ [ANNOTATIONS.title]: z.string() }) });

export const labManifestSchema = z.strictObject({
  schemaVersion: z.literal(2),
  mediaType: z.literal(MEDIA.manifest),
  artifactType: z.literal(MEDIA.lab),
  config: z.strictObject(descriptor(MEDIA.empty)),
  layers: z.tuple([file(MEDIA.labFolders), file(MEDIA.labSources), file(MEDIA.sbom)]),
  annotations: z.strictObject({ [ANNOTATIONS.lab]: name, [ANNOTATIONS.tool]: z.string().max(64) }),
});

/** Of an image's configuration, what matters to us; the rest is fixed by its digest. */
export const configSchema = z.object({
  architecture: z.string(),
  os: z.string(),
  config: z.object({ Labels: z.record(z.string(), z.string()) }),
  rootfs: z.strictObject({ type: z.literal("layers"), diff_ids: z.array(digest) }),
});
