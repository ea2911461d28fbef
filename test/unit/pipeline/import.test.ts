import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { ExpectedImage } from "../../../src/model/lock.js";
import { checkImages, withOpened } from "../../../src/pipeline/import.js";
import type { Bench } from "../../../src/pipeline/inputs.js";
import type { SharedLab } from "../../../src/share/collect.js";
import type { ImageEntry } from "../../../src/share/compose.js";
import { packFolders } from "../../../src/share/folders.js";
import { platformLock } from "../lock/samples.js";
import { smallImage } from "../share/bundle.js";

const STOCK = "localhost/majek-lab/small:3.13";
const PATCHED = "localhost/majek-lab/small:3.13-majek";
const PROBE = "localhost/majek-lab/probe:0123456789ab";

/** What a lock expects of an image. */
function expectedOf({ parts }: ImageEntry): ExpectedImage {
  return {
    recipe: "a".repeat(64),
    diffIds: parts.layers.map(({ digest }) => digest),
    configDigest: parts.config.digest,
    manifestDigest: parts.manifest.digest,
  };
}

describe("images of a shared lab", () => {
  const images = [
    smallImage(STOCK, ["base", "python"]),
    smallImage(PATCHED, ["base", "patched"]),
    smallImage(PROBE, ["probe"]),
  ] as const;
  const [stock, patched, probe] = images;
  const lock = {
    ...platformLock,
    expected: { "3.13": expectedOf(stock), "3.13+majek": expectedOf(patched), probe: expectedOf(probe) },
  };
  const plan = {
    images: [
      { tag: STOCK, interpreter: { id: "3.13" } },
      { tag: PATCHED, interpreter: { id: "3.13+majek" } },
    ],
  };
  const check = (...entries: readonly ImageEntry[]): void => {
    const shared = { name: "small", images: entries.map((entry) => ({ ...entry, identity: "" })) };
    checkImages({
      shared,
      planned: { plan, inputs: { lock } } as unknown as Parameters<typeof checkImages>[0]["planned"],
    });
  };

  it("are those that its lock names", () => {
    check(...images);
    expect(() => check(stock, probe)).toThrow("missing");
    expect(() => check(stock, patched)).toThrow("missing");
    expect(() => check(stock, smallImage(PATCHED, ["other"]), probe)).toThrow("does not name");
    expect(() => check(...images, smallImage("localhost/majek-lab/other:1", ["x"]))).toThrow("does not name");
  });

  it("have one probe: a second one does not stand for an image that is missing", () => {
    const twin = { ...probe, tag: "localhost/majek-lab/probe:ba9876543210" };
    expect(() => check(stock, probe, twin)).toThrow();
  });
});

describe("folders of a shared lab", () => {
  const root = mkdtempSync(join(tmpdir(), "majek-import-"));
  afterAll(() => rmSync(root, { recursive: true }));

  const open = async (...more: readonly string[]): Promise<void> => {
    const lab = (name: string) => ({ name, directory: resolve("labs", name), texts: {} });
    // Its application is laid over that of the other.
    const folders = await packFolders(["one-process", "django-8workers", ...more].map(lab));
    const shared = { name: "one-process", platform: "linux/amd64", images: [], folders } as unknown as SharedLab;
    const bench = {
      engine: { info: { architecture: "x86_64" } },
      environment: { cacheDir: root },
      workspace: { packageRoot: resolve("."), workingDirectory: root },
    } as unknown as Bench;
    await withOpened(bench, shared, async () => undefined);
  };

  it("are its own: another lab's would be found in place of that lab", async () => {
    await expect(open("cow-anatomy")).rejects.toMatchObject({ code: "input", where: "cow-anatomy" });
    // What is looked at next.
    await expect(open()).rejects.toThrow("an image of the lab is missing");
  });
});
