import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { platformOf } from "../../src/lock/platform.js";
import { resolvePython } from "../../src/lock/python.js";
import { checkLock, resolveLock } from "../../src/lock/resolve.js";
import { ensureSeed } from "../../src/lock/seed.js";
import { withSeed } from "../../src/lock/session.js";
import type { LockRequest } from "../../src/lock/state.js";
import { missingFiles, wantedFiles } from "../../src/lock/wanted.js";
import type { LabLock } from "../../src/model/lock.js";
import { type TestContext, testContext } from "./lock-context.js";

const CPYTHON = {
  minor: "3.13",
  version: "3.13.5",
  file: "python3.13_3.13.5.orig.tar.xz",
  sha256: "93e583f243454e6e9e4588ca2c2662206ad961659863277afcdb96801647d640",
};

let context: TestContext;
let request: LockRequest;
let lock: LabLock;

beforeAll(async () => {
  context = await testContext();
  const app = {
    path: "app",
    wsgi: "a:b",
    requirements: ["sqlparse"],
    apt: [],
    database: "none",
    prepare: null,
    fixture: null,
    settings: null,
    steps: [],
    env: {},
  } as const;
  const variants = [
    { name: "stock", python: "3.13", preload: true, beforeFork: [], warmup: 0, workers: null, env: {} },
  ] as const;
  const platform = platformOf(context.engine.info.architecture);
  request = { spec: { name: "resolve-test", app, variants }, platform, interpreters: [CPYTHON] };
  lock = await resolveLock(context, request);
});
afterAll(() => context.clean());

describe("lock", () => {
  const block = () => {
    const found = lock.platforms[request.platform];
    if (found === undefined) throw new Error("no block for this platform");
    return found;
  };

  it("pins both closures, the upstream archive and the Python packages", () => {
    const names = block().builder.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(["gcc", "make", "libssl-dev", "patch", ...block().base.map(({ name }) => name)]),
    );
    expect(names).not.toContain("apt");
    expect(block().base.length).toBeLessThan(80);
    expect(block().sources).toMatchObject([{ name: "cpython-3.13", sha256: CPYTHON.sha256, size: 22_856_016 }]);
    expect(block().python).toMatchObject([{ name: "sqlparse", kind: "wheel" }]);
    expect(block().pythonBuild).toMatchObject([{ name: "pip", kind: "wheel" }]);
  });

  it("pins the Debian packages of the lab, by exactly that name", async () => {
    const added = { ...request, spec: { ...request.spec, app: { ...request.spec.app, apt: ["libstdc++6"] } } };
    const more = (await resolveLock(context, added)).platforms[request.platform];
    const names = block().base.map(({ name }) => name);
    expect(more?.base.map(({ name }) => name)).toEqual([...names, "libstdc++6"].sort());
    expect(more?.builder).toEqual(block().builder);
    const unknown = { ...request, spec: { ...request.spec, app: { ...request.spec.app, apt: ["libstdc"] } } };
    await expect(resolveLock(context, unknown)).rejects.toThrow("Debian trixie has no package libstdc");
  });

  it("names no address", () => {
    expect(JSON.stringify(lock)).not.toMatch(/:\/\//);
  });

  it("has put the Python packages into the store already", async () => {
    const missing = await missingFiles(context.store, wantedFiles(block()));
    expect(missing.filter(({ from }) => from.kind === "python")).toEqual([]);
  });

  it("is not resolved again while it is current", async () => {
    const steps = context.said.length;
    expect(await resolveLock(context, request, lock)).toBe(lock);
    expect(context.said.length).toBe(steps);
  });

  it("shows drift against today's mirror and index", async () => {
    const older = {
      ...lock,
      platforms: {
        [request.platform]: { ...block(), python: block().python.map((one) => ({ ...one, version: "0.1" })) },
      },
    };
    const check = await checkLock(context, request, older);
    expect(check).toEqual({
      state: "current",
      changes: [{ list: "python", name: "sqlparse", from: "0.1", to: block().python[0]?.version }],
    });
  });

  it("is refused for a platform that this engine is not", async () => {
    const other = request.platform === "linux/amd64" ? "linux/arm64" : "linux/amd64";
    await expect(resolveLock(context, { ...request, platform: other })).rejects.toMatchObject({ code: "engine" });
  });
});

describe("Python packages", () => {
  const resolve = async (requirements: readonly string[]) => {
    const image = await ensureSeed(context.engine, context.environment, context.progress);
    const options = { image, network: "default", scripts: ["build_requires.py"] } as const;
    return withSeed(context, options, (session) =>
      resolvePython(context, session, requirements, { python2: false, onLine: () => undefined }),
    );
  };

  it("come as source where there is no wheel, with what building them needs", async () => {
    const { python, pythonBuild } = await resolve(["docopt==0.6.2"]);
    expect(python).toMatchObject([{ name: "docopt", version: "0.6.2", kind: "sdist" }]);
    expect(pythonBuild.map(({ name }) => name)).toEqual(expect.arrayContaining(["pip", "setuptools"]));
  });

  it("that do not exist are the lab file's mistake", async () => {
    await expect(resolve(["sqlparse==0.0.0.1"])).rejects.toMatchObject({ code: "lab", where: "sqlparse==0.0.0.1" });
  });
});
