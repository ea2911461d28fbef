import { describe, expect, it } from "vitest";
import type { PlatformLock } from "../../../src/model/lock.js";
import { type PlanRequest, planLab } from "../../../src/plan/plan.js";
import { python, request, SERIES } from "./fixtures.js";

function withLock(base: PlanRequest, change: Partial<PlatformLock>): PlanRequest {
  return { ...base, inputs: { ...base.inputs, lock: { ...base.inputs.lock, ...change } } };
}

describe("planLab", () => {
  it("gives variants that share an interpreter one image", async () => {
    const plan = planLab(await request());
    expect(plan.images.map(({ tag, interpreter }) => [tag, interpreter.id, interpreter.patches.length])).toEqual([
      ["localhost/majek-lab/django-8workers:3.13", "3.13", 0],
      ["localhost/majek-lab/django-8workers:3.13-majek", "3.13+majek", 2],
    ]);
    expect(plan.variants.map(({ name, imageTag }) => [name, imageTag.split(":")[1]])).toEqual([
      ["no-preload", "3.13"],
      ["preload-cold", "3.13"],
      ["preload", "3.13"],
      ["freeze", "3.13"],
      ["majekhack", "3.13-majek"],
      ["seal", "3.13-majek"],
    ]);
  });

  it("builds stock and patched from the same source by the same steps", async () => {
    const [stock, patched] = planLab(await request()).images.map(({ interpreter }) => interpreter);
    expect({ ...patched, id: "", patches: [] }).toEqual({ ...stock, id: "", patches: [] });
  });

  it("tells the harness what lab and variant decide", async () => {
    const plan = planLab(await request());
    const of = (name: string) => plan.variants.find((variant) => variant.name === name)?.environment;
    expect(of("seal")).toEqual({
      MAJEK_LAB_APP: "mysite.wsgi:application",
      MAJEK_LAB_WORKERS: "8",
      MAJEK_LAB_MAX_REQUESTS: "0",
      MAJEK_LAB_PRELOAD: "1",
      MAJEK_LAB_BEFORE_FORK: "seal",
      MAJEK_LAB_WARMUP: "400",
      MAJEK_LAB_PATHS:
        '[{"path":"/html/","weight":4,"status":200},{"path":"/json/","weight":4,"status":200},' +
        '{"path":"/admin/login/","weight":1,"status":200},{"path":"/missing/","weight":1,"status":404}]',
      MAJEK_LAB_SEED: "1",
      MAJEK_LAB_DATABASE_SOURCE: "/srv/lab/app/fixture.sqlite3",
    });
    expect(of("no-preload")).toMatchObject({ MAJEK_LAB_PRELOAD: "0", MAJEK_LAB_BEFORE_FORK: "" });
    expect(of("preload-cold")).toMatchObject({ MAJEK_LAB_WARMUP: "0" });
  });

  it("tells how a worker serves where that is not one request at a time", async () => {
    const plan = planLab(await request("labs/one-process"));
    const of = (name: string) => plan.variants.find((variant) => variant.name === name)?.environment;
    expect(of("threads")).toMatchObject({
      MAJEK_LAB_APP: "mysite.wsgi:application",
      MAJEK_LAB_WORKER_CLASS: "gthread",
      MAJEK_LAB_THREADS: "8",
    });
    expect(of("async")).toMatchObject({
      MAJEK_LAB_APP: "mysite.asgi:application",
      MAJEK_LAB_WORKER_CLASS: "uvicorn",
      MAJEK_LAB_WORKERS: "1",
    });
    expect(of("forked")).not.toHaveProperty("MAJEK_LAB_WORKER_CLASS");
  });

  it("tells where the database is that runs beside the fleet", async () => {
    const [variant] = planLab(await request("labs/postgres")).variants;
    expect(variant?.environment).toMatchObject({
      PGHOST: "/run/postgresql",
      PGDATABASE: "lab",
      PGUSER: "lab",
      MAJEK_LAB_DATABASE_SERVER: "/run/postgresql/.s.PGSQL.5432",
      MAJEK_LAB_DATABASE_SOURCE: "",
    });
  });

  it("keys root file systems by their packages and by how they are made", async () => {
    const base = await request();
    const keys = (one: PlanRequest) => [planLab(one).base.key, planLab(one).builder.key];
    const [libc] = base.inputs.lock.base;
    if (libc === undefined) throw new Error("no package");
    const rebuilt = withLock(base, { base: [{ ...libc, sha256: "0".repeat(64) }] });
    const all = [...keys(base), keys(rebuilt)[0], ...keys({ ...base, rootfsRecipe: "otherwise\n" })];
    expect(new Set(all).size).toBe(5);
    expect(keys(rebuilt)[1]).toBe(keys(base)[1]);
    expect(keys({ ...base, lockHash: "other" })).toEqual(keys(base));
  });

  it.each<[string, (base: PlanRequest) => PlanRequest, string, string]>([
    [
      "an unknown minor",
      (base) => ({ ...base, series: { "3.14": SERIES["3.13"] } }),
      "lab",
      "there is no interpreter 3.13",
    ],
    [
      "another version in the lock",
      (base) => ({ ...base, series: { "3.13": { ...SERIES["3.13"], version: "3.13.6" } } }),
      "input",
      "the lock has 3.13.5 for Python 3.13, not 3.13.6",
    ],
    ["no source", (base) => withLock(base, { sources: [] }), "input", "the lock has no source for Python 3.13"],
    [
      "an empty series",
      (base) => ({ ...base, series: { "3.13": { ...SERIES["3.13"], patches: [] } } }),
      "lab",
      "there is no interpreter 3.13+majek",
    ],
    ["no pip", (base) => withLock(base, { pythonBuild: [] }), "input", "the lock has no pip"],
    [
      "a build requirement without wheel",
      (base) => withLock(base, { pythonBuild: [python("pip-25.3-py3-none-any.whl"), python("x-1.tar.gz", "sdist")] }),
      "input",
      "the build requirement x 1.tar.gz exists only as source",
    ],
  ])("refuses %s", async (_name, change, code, message) => {
    const changed = change(await request());
    expect(() => planLab(changed)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});
