import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Bundle, type BundleBlob, MEDIA } from "../../../src/model/bundle.js";
import { withPulled } from "../../../src/pipeline/pull.js";
import { composeBundle } from "../../../src/share/compose.js";
import { bytesBlob } from "../../../src/system/blobs.js";
import { readEnvironment } from "../../../src/system/env.js";
import { bytesOf, smallBundle, smallImage } from "../share/bundle.js";

let server: Server;
let folder = "";
let host = "";
let asked: string[] = [];
let contents = new Map<string, Buffer>();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "majek-pull-"));
  asked = [];
  server = createServer((request, response) => {
    const name = request.url?.split("/").at(-1) ?? "";
    if (name !== "") asked.push(name);
    response.setHeader("content-type", name === "v1" ? MEDIA.index : "application/octet-stream");
    response.end(contents.get(name) ?? "");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

async function serve({ index, blobs }: Bundle): Promise<void> {
  contents = new Map([["v1", await bytesOf(index)]]);
  for (const blob of blobs) contents.set(blob.digest, await bytesOf(blob));
}

/** A bundle whose folders are said to be so large; nobody gets as far as to read them. */
function announcing(size: number): Bundle {
  const folders: BundleBlob = { ...bytesBlob(MEDIA.labFolders, "folders"), size };
  const images = [smallImage("localhost/majek-lab/small:3.13", ["a layer"])];
  images.push(smallImage("localhost/majek-lab/probe:0123456789ab", ["probe"]));
  const files = { folders, sources: bytesBlob(MEDIA.labSources, "s"), sbom: bytesBlob(MEDIA.sbom, "[]") };
  return composeBundle(images, { name: "small", toolVersion: "0.1.0", platform: "linux/amd64", ...files });
}

const shown: string[] = [];
const progress = {
  step: () => ({ update: (text: string) => void shown.push(text), done: () => undefined, fail: () => undefined }),
  note: () => undefined,
  warn: () => undefined,
};

const pulled = () =>
  withPulled(
    { environment: readEnvironment({ HOME: folder }), signal: new AbortController().signal, progress },
    `${host}/course/lab:v1`,
    async ({ name, bundle }) => ({ name, bytes: await Promise.all(bundle.blobs.map(bytesOf)) }),
  );

describe("pull", () => {
  it("gives what was announced, and says how much of it is here", async () => {
    const bundle = smallBundle();
    await serve(bundle);
    expect(await pulled()).toEqual({ name: "small", bytes: await Promise.all(bundle.blobs.map(bytesOf)) });
    expect(shown.at(-1)).toMatch(/^\d+\.\d of \d+\.\d MB$/);
  });

  it("asks for no layer and no file where all that is announced does not fit the disk", async () => {
    await serve(announcing(2 ** 52));
    await expect(pulled()).rejects.toMatchObject({
      code: "failed",
      message: expect.stringMatching(/^4,503,599,627\.4 MB are needed, and [\d,.]+ MB are free$/),
      where: expect.stringContaining(join(folder, ".cache/majek-lab")),
      next: expect.stringContaining("MAJEK_LAB_CACHE"),
    });
    const json: readonly string[] = [MEDIA.manifest, MEDIA.config, MEDIA.empty];
    const { blobs } = announcing(2 ** 52);
    const [small, large] = [true, false].map((is) => blobs.filter((one) => json.includes(one.mediaType) === is));
    expect(new Set(asked)).toEqual(new Set(["v1", ...(small ?? []).map(({ digest }) => digest)]));
    expect(large).toHaveLength(5);
  });

  it("refuses sizes whose sum is no number that counts bytes", async () => {
    await serve(announcing(Number.MAX_SAFE_INTEGER));
    await expect(pulled()).rejects.toMatchObject({ code: "failed", message: expect.stringContaining("are needed") });
  });
});
