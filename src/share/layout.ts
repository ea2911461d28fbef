import { type Bundle, type BundleBlob, MEDIA } from "../model/bundle.js";
import { canonicalJson } from "../model/json.js";
import { bytesBlob } from "../system/blobs.js";
import { type TarEntry, withFolders } from "../system/tar.js";
import type { ImageEntry } from "./compose.js";

/** Folder of blobs in an OCI layout (image-spec, image-layout.md). */
export const BLOBS = "blobs/sha256/";
/** Folder of a lab's inputs, by their sha256. */
export const INPUTS = "inputs/sha256/";
/** For `sha256sum --check`. */
export const SUMS = "SHA256SUMS";

const hexOf = (digest: string): string => digest.slice("sha256:".length);

/** What an archive is made of. */
export interface ArchiveContent {
  readonly bundle: Bundle;
  readonly images: readonly ImageEntry[];
  /** Files that the lab's lock names, for a rebuild without network; none without `--with-inputs`. */
  readonly inputs: readonly BundleBlob[];
}

interface Member {
  readonly name: string;
  readonly blob: BundleBlob;
}

const byName = (a: Member, b: Member): number => (a.name < b.name ? -1 : 1);

function below(folder: string, blobs: readonly BundleBlob[]): Member[] {
  const names = new Map(blobs.map((blob) => [`${folder}${hexOf(blob.digest)}`, blob]));
  return [...names].map(([name, blob]) => ({ name, blob })).sort(byName);
}

/** For `docker load` of engines that know no OCI layout (moby, image/tarexport). */
function dockerManifest(images: readonly ImageEntry[]): string {
  return canonicalJson(
    images.map(({ tag, parts }) => ({
      Config: `${BLOBS}${hexOf(parts.config.digest)}`,
      RepoTags: [tag],
      Layers: parts.layers.map(({ digest }) => `${BLOBS}${hexOf(digest)}`),
    })),
  );
}

/** The text of {@link SUMS}. @param files - in the order of its lines; sha256 in hex */
export function sumsOf(files: readonly { readonly name: string; readonly sha256: string }[]): string {
  return files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join("");
}

/** Every file of an archive in its order: the small ones first, so that a reader learns from the start what follows. */
export function archiveMembers({ bundle, images, inputs }: ArchiveContent): Member[] {
  const text = (content: string): BundleBlob => bytesBlob("text/plain", content);
  const sorted = [...images].sort((a, b) => (a.tag < b.tag ? -1 : 1));
  const described = [
    { name: "oci-layout", blob: text(canonicalJson({ imageLayoutVersion: "1.0.0" })) },
    { name: "index.json", blob: { ...bundle.index, mediaType: MEDIA.index } },
    { name: "manifest.json", blob: text(dockerManifest(sorted)) },
  ];
  const contents = [...below(BLOBS, bundle.blobs), ...below(INPUTS, inputs)];
  const sums = sumsOf([...described, ...contents].map(({ name, blob }) => ({ name, sha256: hexOf(blob.digest) })));
  return [...described, { name: SUMS, blob: text(sums) }, ...contents];
}

/** Entries of an archive: {@link archiveMembers}, and the folders that they lie in. Equal content gives equal bytes. */
export function archiveEntries(content: ArchiveContent): TarEntry[] {
  return withFolders(
    archiveMembers(content).map(({ name, blob }) => ({
      type: "file",
      name,
      mode: 0o644,
      size: blob.size,
      open: blob.open,
    })),
  );
}
