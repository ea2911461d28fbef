import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { LABELS } from "../../src/docker/labels.js";
import { assembleImage } from "../../src/image/assemble.js";
import { compareLayers } from "../../src/image/compare-layers.js";
import { otherConditions } from "../../src/image/conditions.js";
import { ensureImage, layerOf } from "../../src/image/ensure.js";
import { sweepBrokenOff } from "../../src/image/stages.js";
import { buildTree, makeTree, type TreeOptions } from "../../src/image/tree.js";
import type { TreeContext } from "../../src/model/context.js";
import { LabError } from "../../src/model/errors.js";
import type { ImageConfig } from "../../src/model/image.js";
import { sha256, sha256File } from "../../src/system/hash.js";
import { type DerivedTree, openStore, type Store } from "../../src/system/store.js";
import { readTar } from "../../src/system/tar.js";
import { type Ground, mortalEngine, prepareGround } from "./docker-setup.js";

const folder = mkdtempSync(join(tmpdir(), "majek-image-"));
const BASE_KEY = "test-base";
let ground: Ground;
let store: Store;
let base: DerivedTree;
let options: TreeOptions;

beforeAll(async () => {
  ground = await prepareGround();
  store = openStore({ cacheDir: join(folder, "cache"), inputs: [] });
  base = await store.putDerived(BASE_KEY, (path) => writeFile(path, ground.baseTar));
  options = { lab: "integration-image", owner: ground.environment.owner };
});
afterEach(async () => {
  expect(await ground.leftovers()).toEqual([]);
});
afterAll(async () => {
  await ground.clean();
  rmSync(folder, { recursive: true });
});

/** Two stages, as real trees are built: the first is left behind by the engine. */
function treeContext(...steps: string[]): TreeContext {
  const dockerfile = [
    "FROM scratch AS builder",
    "ADD base.tar /",
    "RUN mkdir -p /opt/tree/bin",
    ...steps.map((step) => `RUN ${step}`),
    "FROM scratch",
    "COPY --from=builder /opt/tree /opt/tree",
    "",
  ].join("\n");
  return {
    dockerfile,
    files: [{ path: "base.tar", mode: 0o644, source: { kind: "derived", key: BASE_KEY }, identity: BASE_KEY }],
    tree: "/opt/tree",
    key: sha256(dockerfile),
  };
}

const TREE = treeContext(
  "echo '#!/bin/sh' >/opt/tree/bin/run; echo 'echo from the tree' >>/opt/tree/bin/run; chmod 750 /opt/tree/bin/run",
  "ln -s run /opt/tree/bin/soft; ln /opt/tree/bin/run /opt/tree/bin/hard; echo ünï >/opt/tree/text",
);

describe("makeTree", () => {
  it("gives the same bytes twice", async () => {
    const outputs = ["one.tar", "two.tar"].map((name) => join(folder, name));
    for (const output of outputs) await makeTree(ground.engine, store, TREE, output, options);
    const [one, two] = await Promise.all(outputs.map(sha256File));
    expect(one).toBe(two);
    const entries: unknown[] = [];
    await readTar(createReadStream(outputs[0] ?? ""), async ({ name, type, mode, linkname }) => {
      entries.push([name, type, (mode & 0o777).toString(8), linkname]);
    });
    expect(entries).toEqual([
      ["opt/", "directory", "755", null],
      ["opt/tree/", "directory", "755", null],
      ["opt/tree/bin/", "directory", "755", null],
      ["opt/tree/bin/hard", "file", "755", null],
      ["opt/tree/bin/run", "link", "755", "opt/tree/bin/hard"],
      ["opt/tree/bin/soft", "symlink", "777", "run"],
      ["opt/tree/text", "file", "644", null],
    ]);
  });

  it("gives the same bytes under other conditions, and shows a step that depends on them", async () => {
    const conditions = otherConditions(ground.engine.info.cpus);
    const outputs = ["first.tar", "second.tar"].map((name) => join(folder, name));
    const [first = "", second = ""] = outputs;
    const both = async (context: TreeContext): Promise<string[]> => {
      await makeTree(ground.engine, store, context, first, options);
      await makeTree(ground.engine, store, context, second, { ...options, conditions });
      return compareLayers(first, second);
    };
    expect(await both(TREE)).toEqual([]);
    expect(await sha256File(second)).toBe(await sha256File(first));
    const leaky = treeContext('echo "built in $TZ" >/opt/tree/zone; umask >/opt/tree/umask');
    expect(await both(leaky)).toEqual([
      'opt/tree/umask: line 1: "0022" and "0077"',
      expect.stringMatching(/^opt\/tree\/zone: size /),
      'opt/tree/zone: line 1: "built in " and "built in XXX-13:45"',
    ]);
  });

  const output = (): string => join(folder, "unused.tar");

  it("leaves nothing when a step fails", async () => {
    const failing = makeTree(ground.engine, store, treeContext("echo halfway", "exit 9"), output(), options);
    await expect(failing).rejects.toMatchObject({ code: "build", details: expect.arrayContaining(["halfway"]) });
  });

  it("says when the build made no such tree", async () => {
    const other = { ...TREE, tree: "/opt/other" };
    await expect(makeTree(ground.engine, store, other, output(), options)).rejects.toThrow("made no /opt/other");
  });

  it("refuses a tree with a setuid program", async () => {
    const context = treeContext("cat /bin/cat >/opt/tree/su; chmod 4755 /opt/tree/su");
    await expect(makeTree(ground.engine, store, context, output(), options)).rejects.toMatchObject({
      code: "build",
      where: "/opt/tree/su",
    });
  });

  it.each([
    ["a RUN step", "sleeping", treeContext("echo sleeping; sleep 500")],
    ["an ADD step", "ADD base.tar", TREE],
  ])("leaves nothing when it is aborted in %s", async (_where, moment, context) => {
    const controller = new AbortController();
    const reason = new LabError("interrupted", "Ctrl-C");
    const onOutput = (line: string): void => {
      if (line.includes(moment)) controller.abort(reason);
    };
    const aborted = makeTree(ground.engine, store, context, output(), {
      ...options,
      onOutput,
      signal: controller.signal,
    });
    await expect(aborted).rejects.toBe(reason);
  });

  it("says when the engine went away, and what is left can be found by label", async () => {
    const mortal = await mortalEngine(ground);
    const onOutput = (line: string): void => {
      if (line === "sleeping") void mortal.kill();
    };
    const context = treeContext("echo sleeping; sleep 500");
    const orphaned = makeTree(mortal.engine, store, context, output(), { ...options, onOutput });
    await expect(orphaned).rejects.toMatchObject({ code: "engine", next: expect.stringContaining("start it again") });
    const left = await ground.engine.images.list(ground.labels);
    expect(left.filter(({ labels }) => labels[LABELS.temporary] === "1")).not.toEqual([]);
    await sweepBrokenOff(ground.engine, { ...ground.labels, [LABELS.temporary]: "1" });
  });
});

describe("buildTree", () => {
  it("builds once, also when two ask at the same time", async () => {
    const [one, two] = await Promise.all([1, 2].map(() => buildTree(ground.engine, store, TREE, options)));
    expect(one).toEqual(two);
    const steps: string[] = [];
    const again = await buildTree(ground.engine, store, TREE, { ...options, onOutput: (line) => steps.push(line) });
    expect(again).toEqual(one);
    expect(steps).toEqual([]);
  });

  it("keeps nothing in the store of a build that failed", async () => {
    const context = treeContext("exit 1");
    await expect(buildTree(ground.engine, store, context, options)).rejects.toMatchObject({ code: "build" });
    expect(await store.derived(context.key)).toBeUndefined();
  });
});

describe("ensureImage", () => {
  const tag = (): string => ground.image.replace(":base", ":assembled");
  const config = (changes: Partial<ImageConfig> = {}): ImageConfig => ({
    env: { PATH: "/opt/tree/bin:/bin:/usr/bin", GREETING: 'a "quoted" one' },
    user: "1000:1000",
    workdir: "/opt",
    command: ["sh", "-c", 'run; echo "$GREETING $(cat tree/text)"'],
    labels: ground.labels,
    platform: ground.engine.info.architecture === "arm64" ? "linux/arm64" : "linux/amd64",
    ...changes,
  });
  const layers = async () => [layerOf(base), layerOf(await buildTree(ground.engine, store, TREE, options))];
  const ensure = async (changes: Partial<ImageConfig> = {}) =>
    ensureImage(ground.engine, assembleImage(await layers(), config(changes), tag()));

  async function outputOf(image: string): Promise<string> {
    const container = await ground.engine.containers.create({ image, labels: ground.labels, network: "none" });
    const streams = await container.attach();
    await container.start();
    const output = (await text(streams.stdout)) + (await text(streams.stderr));
    await container.remove();
    return output;
  }

  afterEach(() => ground.engine.images.remove(tag()));

  it("loads an image that runs, and loads it only once", async () => {
    const first = await ensure();
    expect(first.loaded).toBe(true);
    expect(await outputOf(tag())).toBe('from the tree\na "quoted" one ünï\n');
    expect(await ensure()).toEqual({ ...first, loaded: false });
    expect((await ground.engine.images.inspect(tag()))?.diffIds).toEqual(first.reference.diffIds);
    await ground.engine.images.remove(tag());
  });

  it("replaces an image whose settings changed, and removes the old one unless it is used", async () => {
    await ensure();
    const old = (await ground.engine.images.inspect(tag()))?.id ?? "";
    const changed = await ensure({ command: ["sh", "-c", "echo changed"] });
    expect(changed.loaded).toBe(true);
    expect(await outputOf(tag())).toBe("changed\n");
    expect(await ground.engine.images.inspect(old)).toBeUndefined();

    const used = (await ground.engine.images.inspect(tag()))?.id ?? "";
    const container = await ground.create({ image: used });
    await ensure();
    expect(await ground.engine.images.inspect(used)).toBeDefined();
    await container.remove();
    expect(await ground.engine.images.removeUnused(used)).toBe(true);
    await ground.engine.images.remove(tag());
  });

  it("does not take another image under its tag for its own", async () => {
    await ground.engine.images.tag(ground.image, tag().replace(":assembled", ""), "assembled");
    expect((await ensure()).loaded).toBe(true);
    expect(await outputOf(tag())).toContain("from the tree");
    await ground.engine.images.remove(tag());
  });

  it("says when the engine went away while loading, and works the next time", async () => {
    const mortal = await mortalEngine(ground);
    const all = await layers();
    mortal.killAfter(base.size / 2);
    await expect(ensureImage(mortal.engine, assembleImage(all, config(), tag()))).rejects.toMatchObject({
      code: "engine",
      next: expect.stringContaining("start it again"),
    });
    expect((await ensure()).reference.diffIds).toEqual(all.map(({ diffId }) => diffId));
    await ground.engine.images.remove(tag());
  });

  it("ends when it is aborted", async () => {
    const signal = AbortSignal.abort(new LabError("interrupted", "Ctrl-C"));
    await expect(ensureImage(ground.engine, assembleImage(await layers(), config(), tag()), signal)).rejects.toThrow(
      "Ctrl-C",
    );
    expect(await ground.engine.images.inspect(tag())).toBeUndefined();
  });
});
