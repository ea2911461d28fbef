import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { type Descriptor, MEDIA } from "../../src/model/bundle.js";
import { canonicalJson } from "../../src/model/json.js";
import { downloader } from "../../src/registry/pull.js";
import { pushBundle } from "../../src/registry/push.js";
import { parseReference } from "../../src/registry/reference.js";
import { RegistrySession } from "../../src/registry/session.js";
import { getContent, getIndex, hasContent, putBlob, putManifest } from "../../src/registry/transfer.js";
import { collectBundle } from "../../src/share/collect.js";
import { sha256 } from "../../src/system/hash.js";
import { bytesOf, smallBundle } from "../unit/share/bundle.js";
import { type RegistryOptions, startRegistry, type TestRegistry } from "./registry-setup.js";

const folder = mkdtempSync(join(tmpdir(), "majek-registry-login-"));
const started: { stop(): Promise<void> }[] = [];
const signal = new AbortController().signal;

async function start(options?: RegistryOptions): Promise<TestRegistry> {
  const registry = await startRegistry(options);
  started.push(registry);
  return registry;
}

function login(host: string, password = "lovelace"): string {
  const auths = { [host]: { auth: Buffer.from(`ada:${password}`).toString("base64") } };
  writeFileSync(join(folder, "config.json"), JSON.stringify({ auths }));
  return folder;
}

function open(registry: TestRegistry, place: { dockerConfigDir?: string; authorities?: string[]; ref?: string } = {}) {
  const reference = parseReference(`${registry.host}/${place.ref ?? "course/lab:v1"}`);
  const { dockerConfigDir = join(folder, "nobody"), authorities = [] } = place;
  return RegistrySession.open(reference, "pull,push", { dockerConfigDir, authorities }, signal);
}

/** Stands before a registry, ends the first connections, and later cuts answers off in the middle. */
async function breakingProxy(registry: TestRegistry, limits: { requests: number; answers: number }) {
  const port = Number(registry.host.split(":")[1]);
  const broken = { requests: 0, answers: 0 };
  let cutting = false;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (first) => {
      // A greeting of TLS is left alone: without it the test would count the first attempts to speak it.
      if (first[0] !== 0x16 && broken.requests < limits.requests) {
        broken.requests += 1;
        socket.resetAndDestroy();
        return;
      }
      const onward = connect(port, "127.0.0.1");
      let answered = 0;
      onward.on("error", () => socket.destroy());
      onward.on("data", (chunk: Buffer) => {
        answered += chunk.length;
        if (!cutting || answered < 1_000_000 || broken.answers >= limits.answers) return;
        broken.answers += 1;
        socket.resetAndDestroy();
        onward.destroy();
      });
      onward.write(first);
      socket.pipe(onward).pipe(socket);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  started.push({ stop: async () => void server.close() });
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    broken: () => ({ ...broken }),
    breakAnswers: () => {
      cutting = true;
    },
  };
}

function describeContent(content: Buffer, mediaType: string): Descriptor {
  return { mediaType, digest: `sha256:${sha256(content)}`, size: content.length };
}

/** Pushes a blob and an index, and reads both again. */
async function roundTrip(session: RegistrySession): Promise<void> {
  const content = randomBytes(3_000_000);
  const blob = describeContent(content, "application/octet-stream");
  expect(await hasContent(session, blob)).toBe(false);
  await putBlob(session, blob, () => Readable.from([content]));
  expect(await hasContent(session, blob)).toBe(true);
  expect((await buffer(await getContent(session, blob))).equals(content)).toBe(true);
  const index = Buffer.from(canonicalJson({ schemaVersion: 2, mediaType: MEDIA.index, manifests: [] }));
  const descriptor = describeContent(index, MEDIA.index);
  await putManifest(session, descriptor, index, "v1");
  const found = await getIndex(session);
  expect(found.descriptor).toEqual(descriptor);
  expect(found.content.equals(index)).toBe(true);
  await session.close();
}

afterEach(async () => {
  for (const registry of started.splice(0)) await registry.stop();
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a registry", () => {
  it("keeps exact bytes, without TLS on this machine", async () => {
    await roundTrip(await open(await start()));
  });

  it.each([
    "basic",
    "token",
  ] as const)("lets in who logged in, with %s authentication and a private authority", async (kind) => {
    const registry = await start({ tls: true, login: kind });
    await roundTrip(await open(registry, { dockerConfigDir: login(registry.host), authorities: [registry.authority] }));
  });

  it.each(["basic", "token"] as const)("says how to log in, with %s authentication", async (kind) => {
    const registry = await start({ login: kind });
    const expected = { code: "failed", where: registry.host, next: `docker login ${registry.host}` };
    await expect(open(registry)).rejects.toMatchObject(expected);
    await expect(open(registry, { dockerConfigDir: login(registry.host, "wrong") })).rejects.toMatchObject(expected);
  });

  it("is not trusted with a certificate of an unknown authority", async () => {
    const registry = await start({ tls: true });
    await expect(open(registry)).rejects.toMatchObject({
      message: expect.stringContaining("not trusted"),
      next: `put the certificate of its authority into /etc/docker/certs.d/${registry.host}/ca.crt`,
    });
  });

  it("may have nothing of that name", async () => {
    const session = await open(await start(), { ref: "course/nothing:v9" });
    await expect(getIndex(session)).rejects.toMatchObject({
      code: "input",
      where: expect.stringContaining("nothing:v9"),
    });
    const absent = describeContent(Buffer.from("x"), "application/octet-stream");
    await expect(getContent(session, absent)).rejects.toMatchObject({ code: "input" });
    await session.close();
  });

  it("does not pass off altered bytes as what they were", async () => {
    const registry = await start();
    const session = await open(registry);
    const content = randomBytes(100_000);
    const blob = describeContent(content, "application/octet-stream");
    await putBlob(session, blob, () => Readable.from([content]));
    const file = readdirSync(registry.storage, { recursive: true, encoding: "utf8" }).find((name) =>
      name.includes(`${blob.digest.slice(7)}/data`),
    );
    content[50_000] = (content[50_000] ?? 0) ^ 1;
    writeFileSync(join(registry.storage, file ?? ""), content);
    await expect(buffer(await getContent(session, blob))).rejects.toMatchObject({ code: "input" });
    await session.close();
  });

  it("is asked again where the connection breaks, before an answer or in the middle of it", async () => {
    const registry = await start();
    const through = await breakingProxy(registry, { requests: 2, answers: 2 });
    const session = await open({ ...registry, host: through.host });
    await roundTrip(session);
    expect(through.broken()).toEqual({ requests: 2, answers: 0 });
    const again = await open({ ...registry, host: through.host });
    const content = randomBytes(3_000_000);
    const blob = describeContent(content, "application/octet-stream");
    await putBlob(again, blob, () => Readable.from([content]));
    through.breakAnswers();
    const found = await downloader(again, join(folder, "pulled"), () => undefined)(blob);
    expect((await buffer(found.open())).equals(content)).toBe(true);
    expect(through.broken()).toEqual({ requests: 2, answers: 2 });
    await again.close();
  });

  it("stores a lab and gives the same lab back", async () => {
    const registry = await start();
    const session = await open(registry);
    const bundle = smallBundle();
    const seen: number[] = [];
    await pushBundle(session, bundle, (done, total) => seen.push(done / total));
    expect(seen.at(-1)).toBe(1);
    // What is there is not sent again.
    await pushBundle(session, bundle, () => undefined);
    const { descriptor, content } = await getIndex(session);
    expect(descriptor.digest).toBe(bundle.index.digest);
    const pulled = await collectBundle(
      content,
      downloader(session, join(folder, "lab"), () => undefined),
    );
    expect(pulled.bundle.blobs.map(({ digest }) => digest)).toEqual(bundle.blobs.map(({ digest }) => digest));
    for (const [at, blob] of pulled.bundle.blobs.entries()) {
      expect(await bytesOf(blob)).toEqual(await bytesOf(bundle.blobs[at] ?? blob));
    }
    await session.close();
  });

  it("that does not answer is named", async () => {
    const nobody = { host: "127.0.0.1:9", authority: "", storage: "", stop: async () => undefined };
    await expect(open(nobody)).rejects.toMatchObject({
      code: "failed",
      where: expect.stringContaining("127.0.0.1:9"),
      next: "check the host, its port and the network",
    });
  });
});
