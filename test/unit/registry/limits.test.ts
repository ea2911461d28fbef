import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Descriptor, MEDIA } from "../../../src/model/bundle.js";
import { downloader } from "../../../src/registry/pull.js";
import { RegistrySession } from "../../../src/registry/session.js";
import { getContent, getIndex } from "../../../src/registry/transfer.js";
import { sha256 } from "../../../src/system/hash.js";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const LIMIT = 4 << 20;
let server: Server;
let folder = "";
let host = "";
let session: RegistrySession;
let asked: string[] = [];
let answer: Answer = (_, response) => void response.end();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "majek-limits-"));
  asked = [];
  server = createServer((request, response) => {
    if (request.url === "/v2/") return void response.end();
    asked.push(request.url ?? "");
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  session = await open();
});
afterEach(async () => {
  await session.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

function open(): Promise<RegistrySession> {
  const reference = { host, repository: "course/lab", version: "v1" };
  const place = { dockerConfigDir: "/none", authorities: [] };
  return RegistrySession.open(reference, "pull", place, new AbortController().signal);
}

/** An answer without an end and without a length, as long as somebody reads it. */
function endless(response: ServerResponse, status = 200, text = "x"): void {
  response.writeHead(status, { "content-type": MEDIA.index });
  const chunk = text.repeat(1 << 16);
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on("drain", more);
  more();
}

function blobOf(content: Buffer): Descriptor {
  return { mediaType: "application/octet-stream", digest: `sha256:${sha256(content)}`, size: content.length };
}

/** What came through before it failed, and how it failed. */
async function bytesBefore(wanted: Descriptor): Promise<{ bytes: number; error: unknown }> {
  let bytes = 0;
  try {
    for await (const chunk of await getContent(session, wanted)) bytes += (chunk as Buffer).length;
  } catch (error) {
    return { bytes, error };
  }
  throw new Error("it did not fail");
}

describe("a manifest", () => {
  const tooLarge = {
    code: "input",
    message: expect.stringContaining("more than 4 MiB"),
    where: expect.stringContaining("course/lab:v1"),
    next: expect.stringContaining("majek-lab push"),
  };

  it("that has no end is refused", async () => {
    answer = (_, response) => endless(response);
    await expect(getIndex(session)).rejects.toMatchObject(tooLarge);
  });

  it("that announces too much is refused before it is read", async () => {
    answer = (_, response) => {
      response.writeHead(200, { "content-type": MEDIA.index, "content-length": String(LIMIT + 1) });
      response.write("{");
    };
    await expect(getIndex(session)).rejects.toMatchObject(tooLarge);
  });

  it("may be as large as registries accept", async () => {
    const content = Buffer.alloc(LIMIT, " ");
    answer = (_, response) => void response.writeHead(200, { "content-type": MEDIA.index }).end(content);
    expect((await getIndex(session)).descriptor.size).toBe(LIMIT);
  });

  it("whose descriptor announces too much is not asked for", async () => {
    const wanted = { mediaType: MEDIA.manifest, digest: `sha256:${"0".repeat(64)}`, size: LIMIT + 1 };
    await expect(getContent(session, wanted)).rejects.toMatchObject(tooLarge);
    expect(asked).toEqual([]);
  });
});

describe("a blob", () => {
  const content = Buffer.alloc(100_000, "a");

  it("never gives more than its descriptor announces", async () => {
    answer = (_, response) => endless(response);
    const { bytes, error } = await bytesBefore(blobOf(content));
    expect(error).toMatchObject({ code: "input", message: expect.stringContaining("longer than 100000 bytes") });
    expect(bytes).toBeLessThanOrEqual(content.length);
  });

  it("that ends early is refused", async () => {
    answer = (_, response) => {
      response.writeHead(200);
      response.end(content.subarray(1));
    };
    const { error } = await bytesBefore(blobOf(content));
    expect(error).toMatchObject({ code: "input", message: expect.stringContaining("ends after 99999 of 100000") });
  });

  it.each([1, -1])("of another announced length (%i byte) is refused before a byte of it is written", async (more) => {
    answer = (_, response) => {
      response.writeHead(200, { "content-length": String(content.length + more) });
      response.write(content.subarray(0, 10));
    };
    const { bytes, error } = await bytesBefore(blobOf(content));
    expect(error).toMatchObject({ code: "input", message: expect.stringContaining(`${100_000 + more} bytes`) });
    expect(bytes).toBe(0);
  });

  it("that is refused leaves no file", async () => {
    answer = (_, response) => endless(response);
    const find = downloader(session, folder, () => undefined);
    await expect(find(blobOf(content))).rejects.toMatchObject({ code: "input" });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("what a registry says of a refusal", () => {
  it("is read as far as it is shown, and steers no terminal", async () => {
    answer = (_, response) => endless(response, 500, "\u001b[31mno ");
    const error = await getIndex(session).catch((reason: Error) => reason);
    expect(error).toMatchObject({ code: "failed", message: expect.stringContaining("answered 500 ([31mno  [31mno") });
    expect((error as Error).message.length).toBeLessThan(400);
  });

  it("is short, where it is the JSON of a registry too", async () => {
    const errors = Array.from({ length: 100 }, () => ({ code: "DENIED", message: "no\u009b such\n thing" }));
    answer = (_, response) => void response.writeHead(403).end(JSON.stringify({ errors }));
    const error = await getIndex(session).catch((reason: Error) => reason);
    expect(error).toMatchObject({ next: `docker login ${host}`, message: expect.stringContaining("DENIED: no") });
    expect((error as Error).message).not.toMatch(/\p{Cc}/u);
    expect((error as Error).message.length).toBeLessThan(400);
  });
});

describe("a login service", () => {
  it("that does not end is refused", async () => {
    const login = createServer((_, response) => endless(response)).listen(0, "127.0.0.1");
    await once(login, "listening");
    const realm = `http://127.0.0.1:${(login.address() as AddressInfo).port}/token`;
    answer = (_, response) => void response.writeHead(401, { "www-authenticate": `Bearer realm="${realm}"` }).end();
    try {
      await expect(getIndex(session)).rejects.toMatchObject({
        code: "failed",
        next: `docker login ${host}`,
        cause: expect.objectContaining({ message: expect.stringContaining("longer than any token") }),
      });
    } finally {
      login.closeAllConnections();
      login.close();
    }
  });
});
