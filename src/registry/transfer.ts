import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { type Descriptor, MEDIA } from "../model/bundle.js";
import { LabError } from "../model/errors.js";
import { announcedBytes, discard, readBeginning, readSmall } from "./body.js";
import { formatReference } from "./reference.js";
import type { RegistrySession } from "./session.js";

/** Registries accept manifests up to this size (distribution-spec 1.1, "Pushing manifests"). */
const LARGEST_MANIFEST = 4 << 20;
/** Of a refusal so much is read, and so much of that is shown. */
const COMPLAINT_BYTES = 1 << 16;
const COMPLAINT_LETTERS = 200;

/** Whether content is a manifest, which registries keep apart from blobs. */
export function isManifest(mediaType: string): boolean {
  return mediaType === MEDIA.index || mediaType === MEDIA.manifest;
}

const pathOf = (session: RegistrySession, kind: string, rest: string): string =>
  `/v2/${session.reference.repository}/${kind}/${rest}`;

/** What a registry says of a refusal (distribution-spec 1.1, "Error Codes"). */
function said(text: string): string {
  try {
    const { errors } = JSON.parse(text) as { errors: { code?: string; message?: string }[] };
    return errors.map(({ code, message }) => [code, message].filter(Boolean).join(": ")).join("; ");
  } catch {
    return text;
  }
}

/** The same as one short line that steers no terminal. */
function complaint(text: string): string {
  return said(text)
    .replace(/\p{C}+/gu, " ")
    .trim()
    .slice(0, COMPLAINT_LETTERS)
    .trim();
}

async function refusal(
  session: RegistrySession,
  what: string,
  answer: Awaited<ReturnType<RegistrySession["request"]>>,
) {
  const why = complaint(await readBeginning(answer, COMPLAINT_BYTES));
  const { host } = session.reference;
  const forbidden = answer.statusCode === 403;
  return new LabError("failed", `${what}: the registry answered ${answer.statusCode}${why && ` (${why})`}`, {
    where: formatReference(session.reference),
    next: forbidden ? `docker login ${host}` : "check the reference; then run the command again",
  });
}

/** Whether the registry has this content. */
export async function hasContent(session: RegistrySession, { digest, mediaType }: Descriptor): Promise<boolean> {
  const kind = isManifest(mediaType) ? "manifests" : "blobs";
  const path = pathOf(session, kind, digest);
  const answer = await session.request({ method: "HEAD", path, headers: { accept: mediaType } });
  await answer.body.dump();
  return answer.statusCode === 200;
}

/**
 * Uploads a blob as it is, in one piece (distribution-spec 1.1, "POST then PUT").
 * @param open - its content, opened again for a second attempt
 */
export async function putBlob(session: RegistrySession, blob: Descriptor, open: () => Readable): Promise<void> {
  const what = `upload of ${blob.digest.slice(0, 19)}`;
  const started = await session.request({
    method: "POST",
    path: pathOf(session, "blobs", "uploads/"),
    headers: { "content-length": "0" },
  });
  const location = started.headers["location"];
  if (started.statusCode !== 202 || typeof location !== "string") throw await refusal(session, what, started);
  await started.body.dump();
  const base = new URL(location, "http://registry.invalid");
  base.searchParams.set("digest", blob.digest);
  const path = location.startsWith("/") ? base.pathname + base.search : base.href;
  const answer = await session.request({
    method: "PUT",
    path,
    headers: { "content-type": "application/octet-stream", "content-length": String(blob.size) },
    body: open,
  });
  if (answer.statusCode !== 201) throw await refusal(session, what, answer);
  await answer.body.dump();
}

/**
 * Uploads a manifest or index, byte for byte.
 * @param name - a tag, or its own digest
 */
export async function putManifest(session: RegistrySession, manifest: Descriptor, content: Buffer, name: string) {
  const answer = await session.request({
    method: "PUT",
    path: pathOf(session, "manifests", name),
    headers: { "content-type": manifest.mediaType, "content-length": String(content.length) },
    body: () => content,
  });
  const what = `manifest ${manifest.digest.slice(0, 19)}`;
  if (answer.statusCode !== 201) throw await refusal(session, what, answer);
  await answer.body.dump();
  const digest = answer.headers["docker-content-digest"];
  if (digest === undefined || digest === manifest.digest) return;
  throw new LabError("failed", `${what}: the registry stored something else, ${String(digest)}`, {
    where: formatReference(session.reference),
    next: "use another registry: this one changes what it is given",
  });
}

function altered(session: RegistrySession, digest: string, how: string): LabError {
  return new LabError("input", `${digest.slice(0, 19)} from the registry is not what its name says: ${how}`, {
    where: formatReference(session.reference),
    next: "push it again from the machine that has the lab",
  });
}

function oversized(session: RegistrySession, name: string): LabError {
  const limit = LARGEST_MANIFEST >> 20;
  return new LabError("input", `the manifest ${name.slice(0, 19)} has more than ${limit} MiB, which no lab needs`, {
    where: formatReference(session.reference),
    next: "check the reference, or have the lab pushed again with majek-lab push LAB REF",
  });
}

/**
 * What the reference names: its index, whole.
 * @throws LabError "input" where there is none or its bytes are not those of the digest that was asked for
 */
export async function getIndex(session: RegistrySession): Promise<{ descriptor: Descriptor; content: Buffer }> {
  const { version } = session.reference;
  const path = pathOf(session, "manifests", version);
  const answer = await session.request({
    method: "GET",
    path,
    headers: { accept: `${MEDIA.index}, ${MEDIA.manifest}` },
  });
  if (answer.statusCode === 404) {
    await answer.body.dump();
    throw new LabError("input", "the registry has nothing of this name", {
      where: formatReference(session.reference),
      next: "check the repository and the tag",
    });
  }
  if (answer.statusCode !== 200) throw await refusal(session, "index", answer);
  const mediaType = String(answer.headers["content-type"] ?? "").split(";")[0] ?? "";
  const content = await readSmall(answer, LARGEST_MANIFEST, () => oversized(session, version));
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  if (version.startsWith("sha256:") && version !== digest) throw altered(session, version, `its bytes have ${digest}`);
  if (mediaType !== MEDIA.index) {
    throw new LabError("input", `this is not a shared lab but ${mediaType || "something without a type"}`, {
      where: formatReference(session.reference),
      next: "push the lab with majek-lab push LAB REF",
    });
  }
  return { descriptor: { mediaType, digest, size: content.length }, content };
}

/** Lets content through and fails at its end, or earlier where it grows too long, unless it is what was announced. */
async function* checked(body: AsyncIterable<Buffer>, expected: Descriptor, wrong: (how: string) => LabError) {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > expected.size) throw wrong(`it is longer than ${expected.size} bytes`);
    hash.update(chunk);
    yield chunk;
  }
  if (size < expected.size) throw wrong(`it ends after ${size} of ${expected.size} bytes`);
  const digest = `sha256:${hash.digest("hex")}`;
  if (digest !== expected.digest) throw wrong(`its bytes have ${digest}`);
}

/**
 * Downloads content; the stream never sends more than the descriptor announces, and fails at its end unless those are
 * the bytes.
 * @throws LabError "input" where the registry does not have it, or says that it has another length
 */
export async function getContent(session: RegistrySession, wanted: Descriptor): Promise<Readable> {
  const kind = isManifest(wanted.mediaType) ? "manifests" : "blobs";
  if (kind === "manifests" && wanted.size > LARGEST_MANIFEST) throw oversized(session, wanted.digest);
  const path = pathOf(session, kind, wanted.digest);
  const headers = { accept: kind === "manifests" ? wanted.mediaType : "*/*" };
  const answer = await session.request({ method: "GET", path, headers });
  if (answer.statusCode === 404) {
    await answer.body.dump();
    throw altered(session, wanted.digest, "it is not there");
  }
  if (answer.statusCode !== 200) throw await refusal(session, `download of ${wanted.digest.slice(0, 19)}`, answer);
  const wrong = (how: string): LabError => altered(session, wanted.digest, how);
  const announced = announcedBytes(answer) ?? wanted.size;
  if (announced !== wanted.size) {
    discard(answer);
    throw wrong(`it has ${announced} bytes, not ${wanted.size}`);
  }
  return Readable.from(checked(answer.body, wanted, wrong), { objectMode: false });
}
