import { buffer } from "node:stream/consumers";
import type { z } from "zod";
import { type Bundle, type BundleBlob, type Descriptor, MEDIA } from "../model/bundle.js";
import { LabError } from "../model/errors.js";
import { IDENTITY_LABEL, type ImageParts } from "../model/image.js";
import { canonicalJson } from "../model/json.js";
import type { Platform } from "../model/lock.js";
import { bytesBlob } from "../system/blobs.js";
import { sha256 } from "../system/hash.js";
import { ANNOTATIONS, type ImageEntry, ordered } from "./compose.js";
import { configSchema, imageManifestSchema, indexSchema, labManifestSchema } from "./schema.js";

/** No index, manifest or configuration is near this large; in bytes. */
export const MAX_JSON = 1 << 20;

/** An image of a bundle, checked. */
export interface SharedImage extends ImageEntry {
  /** What its configuration says under {@link IDENTITY_LABEL}. */
  readonly identity: string;
}

/** A bundle, taken apart and checked. */
export interface SharedLab {
  readonly bundle: Bundle;
  readonly name: string;
  /** Version of the tool that made it. */
  readonly toolVersion: string;
  readonly platform: Platform;
  /** The probe's is among them. */
  readonly images: readonly SharedImage[];
  readonly folders: BundleBlob;
  readonly sources: BundleBlob;
  readonly sbom: BundleBlob;
}

/**
 * Finds the content of a descriptor, in an archive or a registry. What the returned blob sends must have been compared
 * with the digest, unless its media type is that of a manifest or a configuration: those are compared here.
 */
export type FindBlob = (wanted: Descriptor) => Promise<BundleBlob>;

/** Told of all layers and files that a bundle announces, each mention, before the first of them is looked up. */
export type ExpectContent = (announced: readonly Descriptor[]) => Promise<void>;

/** An image of a bundle whose layers have not been looked up. */
interface AnnouncedImage {
  readonly tag: string;
  readonly identity: string;
  readonly manifest: BundleBlob;
  readonly config: BundleBlob;
  readonly layers: readonly Descriptor[];
}

/** The error for a bundle that is not what it should be; nothing of it is used. */
export function damaged(what: string, where: string, details: readonly string[] = []): LabError {
  return new LabError("input", `${what}; nothing was imported`, {
    where,
    details,
    next: "get it again, from where it was made",
  });
}

/** JSON as we write it: anything else, keys twice for example, could be read in two ways. */
function parse<T>(schema: z.ZodType<T>, bytes: Buffer, where: string): T {
  let data: unknown;
  let canonical = "";
  try {
    data = JSON.parse(bytes.toString("utf8"));
    // Nested deeply enough, it is too much for the stack.
    canonical = canonicalJson(data);
  } catch {
    throw damaged("this is not JSON", where);
  }
  if (!Buffer.from(canonical).equals(bytes)) throw damaged("this JSON is not in canonical form", where);
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const lines = result.error.issues.slice(0, 10).map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw damaged("this is not what a bundle holds here", where, lines);
}

class Collector {
  readonly #find: FindBlob;
  readonly content: BundleBlob[] = [];
  readonly manifests: BundleBlob[] = [];

  constructor(find: FindBlob) {
    this.#find = find;
  }

  async #found({ mediaType, digest, size }: Descriptor): Promise<BundleBlob> {
    const { open, ...found } = await this.#find({ mediaType, digest, size });
    if (found.size !== size || found.digest !== digest) throw damaged("not the size that its manifest says", digest);
    return { mediaType, digest, size, open };
  }

  /** Small content as a whole, compared with its digest. */
  async bytes(wanted: Descriptor): Promise<BundleBlob & { readonly text: Buffer }> {
    if (wanted.size > MAX_JSON) throw damaged("larger than any manifest", wanted.digest);
    const text = await buffer((await this.#found(wanted)).open());
    const blob = bytesBlob(wanted.mediaType, text);
    if (blob.digest !== wanted.digest) throw damaged("altered: its sha256 is not its name", wanted.digest);
    return { ...blob, text };
  }

  async manifest<T>(schema: z.ZodType<T>, wanted: Descriptor): Promise<{ data: T; blob: BundleBlob }> {
    const { text, ...blob } = await this.bytes(wanted);
    this.manifests.push(blob);
    return { data: parse(schema, text, wanted.digest), blob };
  }

  async add(wanted: Descriptor): Promise<BundleBlob> {
    const blob = await this.#found(wanted);
    this.content.push(blob);
    return blob;
  }

  async image({ annotations, platform, ...wanted }: Descriptor): Promise<AnnouncedImage> {
    const tag = annotations?.[ANNOTATIONS.name] ?? "";
    if (annotations?.[ANNOTATIONS.tag] !== tag.slice(tag.lastIndexOf(":") + 1))
      throw damaged("an image of two tags", tag);
    const { data, blob } = await this.manifest(imageManifestSchema, wanted);
    const { text, ...config } = await this.bytes(data.config);
    this.content.push(config);
    const identity = checkConfig(parse(configSchema, text, tag), text, data.layers, platform, tag);
    return { tag, identity, manifest: blob, config, layers: data.layers };
  }

  async layersOf({ tag, identity, manifest, config, layers }: AnnouncedImage): Promise<SharedImage> {
    const found: BundleBlob[] = [];
    for (const layer of layers) found.push(await this.add(layer));
    const parts: ImageParts = { config, layers: found, manifest };
    return { tag, parts, identity };
  }
}

/** @returns the image's identity, which must follow from its layers and settings */
function checkConfig(
  config: z.infer<typeof configSchema>,
  text: Buffer,
  layers: readonly Descriptor[],
  platform: Descriptor["platform"],
  tag: string,
): string {
  const { architecture, os, rootfs } = config;
  if (architecture !== platform?.architecture || os !== platform.os) throw damaged("an image of two platforms", tag);
  if (rootfs.diff_ids.join() !== layers.map(({ digest }) => digest).join())
    throw damaged("an image of other layers", tag);
  const whole = JSON.parse(text.toString("utf8"));
  const { [IDENTITY_LABEL]: identity, ...labels } = config.config.Labels;
  whole.config.Labels = labels;
  if (identity === undefined || identity !== sha256(canonicalJson(whole)))
    throw damaged("an image of no identity", tag);
  return identity;
}

function onePlatform(descriptors: readonly Descriptor[]): Platform {
  const platforms = new Set(descriptors.map(({ platform }) => `${platform?.os}/${platform?.architecture}`));
  const [platform, other] = platforms;
  if (platform === undefined || other !== undefined)
    throw damaged("images of several platforms", [...platforms].join());
  return platform as Platform;
}

/**
 * Follows a bundle from its index, and checks everything that is said about anything: forms, sizes, digests of all
 * JSON, platforms, names, identities. Layers and files are looked up, but not read.
 * @param index - bytes of the index
 * @param find - asked for each descriptor; once for each mention of a blob, and for everything small before the rest
 * @param expect - may refuse what is announced
 * @throws LabError "input" for the first thing that does not fit; what `find` and `expect` throw
 */
export async function collectBundle(
  index: Uint8Array,
  find: FindBlob,
  expect: ExpectContent = async () => undefined,
): Promise<SharedLab> {
  const blob = bytesBlob(MEDIA.index, index);
  if (index.length > MAX_JSON) throw damaged("larger than any index", blob.digest);
  const { manifests } = parse(indexSchema, Buffer.from(index), "index.json");
  const labs = manifests.filter((one) => "artifactType" in one);
  const images = manifests.filter((one) => "platform" in one);
  const names = images.map(({ annotations }) => annotations[ANNOTATIONS.name]);
  if (labs.length !== 1 || labs[0] === undefined) throw damaged("not the bundle of one lab", "index.json");
  if (new Set(names).size !== names.length) throw damaged("two images of one name", "index.json", names);
  const collector = new Collector(find);
  const platform = onePlatform(images);
  const announced: AnnouncedImage[] = [];
  for (const one of images) announced.push(await collector.image(one));
  const lab = (await collector.manifest(labManifestSchema, labs[0])).data;
  const own = [lab.annotations[ANNOTATIONS.lab], "probe"].map((name) => `localhost/majek-lab/${name}:`);
  const foreign = names.filter((name) => !own.some((start) => name.startsWith(start)));
  if (foreign.length > 0) throw damaged("images of another lab", "index.json", foreign);
  const { text, ...empty } = await collector.bytes(lab.config);
  if (text.toString() !== "{}") throw damaged("a configuration that should be empty", empty.digest);
  collector.content.push(empty);
  await expect([...announced.flatMap(({ layers }) => layers), ...lab.layers]);
  const shared: SharedImage[] = [];
  for (const image of announced) shared.push(await collector.layersOf(image));
  const [folders, sources, sbom] = lab.layers;
  const files = {
    folders: await collector.add(folders),
    sources: await collector.add(sources),
    sbom: await collector.add(sbom),
  };
  return {
    bundle: { index: blob, blobs: ordered(collector.content, collector.manifests) },
    name: lab.annotations[ANNOTATIONS.lab],
    toolVersion: lab.annotations[ANNOTATIONS.tool],
    platform,
    images: shared,
    ...files,
  };
}
