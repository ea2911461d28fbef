import { describe, expect, it } from "vitest";
import {
  compareLocks,
  inputsHash,
  type LockRequest,
  lockState,
  usedSources,
  withResolved,
} from "../../../src/lock/state.js";
import type { LabSpec } from "../../../src/model/spec.js";
import { deb, labLock, platformLock, source } from "./samples.js";

const interpreters = [
  { minor: "2.7", version: "2.7.18", file: "python2.7_2.7.18.orig.tar.gz", sha256: "b".repeat(64) },
  { minor: "3.13", version: "3.13.5", file: source.file, sha256: source.sha256 },
];
const variant = (python: "3.13" | "3.13+majek" | "2.7") => ({
  name: python,
  python,
  preload: true,
  beforeFork: [],
  warmup: 0,
  workers: null,
  env: {},
});
const app: LabSpec["app"] = {
  path: "app",
  wsgi: "mysite.wsgi:application",
  requirements: ["Django==5.2.*", "gunicorn==26.*"],
  apt: [],
  database: "none",
  prepare: null,
  fixture: null,
  settings: null,
  steps: [],
  env: {},
};
const spec = { name: "django-8workers", app, variants: [variant("3.13"), variant("3.13+majek")] };
const request: LockRequest = { spec, platform: "linux/amd64", interpreters };

describe("inputsHash", () => {
  it("does not depend on the order of requirements, nor on interpreters that are not used", () => {
    const turned = { ...spec, app: { ...app, requirements: [...app.requirements].reverse() } };
    expect(inputsHash({ ...request, spec: turned })).toBe(inputsHash(request));
    expect(inputsHash({ ...request, interpreters: interpreters.slice(1) })).toBe(inputsHash(request));
  });

  it("changes with requirements, used interpreters and their archives", () => {
    const hashes = [
      inputsHash(request),
      inputsHash({ ...request, spec: { ...spec, app: { ...app, requirements: ["Django==5.1.*"] } } }),
      inputsHash({ ...request, spec: { ...spec, app: { ...app, apt: ["libpq5"] } } }),
      inputsHash({ ...request, spec: { ...spec, variants: [variant("3.13"), variant("2.7")] } }),
      inputsHash({ ...request, interpreters: interpreters.map((one) => ({ ...one, sha256: "c".repeat(64) })) }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it("names an interpreter that nobody has a source for", () => {
    const unknown = { ...request, interpreters: interpreters.slice(0, 1) };
    expect(() => usedSources(unknown)).toThrow("no source for Python 3.13");
  });
});

describe("lockState", () => {
  const lock = { ...labLock, inputsHash: inputsHash(request) };

  it("tells what is wrong with a lock", () => {
    expect(lockState(undefined, request)).toBe("missing");
    expect(lockState(lock, request)).toBe("current");
    expect(lockState(lock, { ...request, platform: "linux/arm64" })).toBe("platform");
    expect(lockState({ ...lock, lab: "copied" }, request)).toBe("stale");
    expect(lockState(labLock, request)).toBe("stale");
  });
});

describe("withResolved", () => {
  const [old, fresh, arm] = ["1", "2", "3"].map((version) => ({ ...platformLock, base: [deb("zlib1g", version)] }));
  if (old === undefined || fresh === undefined || arm === undefined) throw new Error("three blocks");
  const resolved = { ...labLock, platforms: { "linux/amd64": fresh } };

  it("keeps blocks of other platforms that were written meanwhile, while they are of the same lab", () => {
    const current = { ...labLock, platforms: { "linux/amd64": old, "linux/arm64": arm } };
    expect(withResolved(current, resolved, "linux/amd64").platforms).toEqual({
      "linux/amd64": fresh,
      "linux/arm64": arm,
    });
    const stale = { ...current, inputsHash: "0".repeat(64) };
    expect(withResolved(stale, resolved, "linux/amd64").platforms).toEqual({ "linux/amd64": fresh });
    expect(withResolved(undefined, resolved, "linux/amd64")).toEqual(resolved);
  });

  it("brings back no block that was there when the resolving began, and has gone or changed since", () => {
    const began = { ...resolved, platforms: { "linux/amd64": fresh, "linux/arm64": old } };
    const current = { ...labLock, platforms: { "linux/arm64": arm } };
    expect(withResolved(current, began, "linux/amd64").platforms).toEqual({
      "linux/amd64": fresh,
      "linux/arm64": arm,
    });
  });
});

describe("compareLocks", () => {
  it("finds nothing between equal locks", () => {
    expect(compareLocks(platformLock, structuredClone(platformLock))).toEqual([]);
  });

  it("names what came, went and changed", () => {
    const other = { ...platformLock, base: [deb("libssl3t64", "3.5.4", "openssl"), deb("zstd", "1")] };
    expect(compareLocks(platformLock, other)).toEqual([
      { list: "base", name: "libssl3t64", from: "3.5.1", to: "3.5.4" },
      { list: "base", name: "zlib1g", from: "1.3", to: null },
      { list: "base", name: "zstd", from: null, to: "1" },
    ]);
  });
});
