import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureSeed } from "../../src/lock/seed.js";
import { seedMaker } from "../../src/lock/seed-host.js";
import { withSeed } from "../../src/lock/session.js";
import { type TestContext, testContext } from "./lock-context.js";

let context: TestContext;
beforeAll(async () => {
  context = await testContext();
});
afterAll(() => context.clean());

const seed = () => ensureSeed(context.engine, context.environment, context.progress);

describe("seed", () => {
  it("is made once", async () => {
    const reference = await seed();
    const steps = context.said.length;
    expect(await seed()).toBe(reference);
    expect(context.said.length).toBe(steps);
  });

  it("has the tools and the host's certificates, and shows a failing command", async () => {
    await withSeed(context, { image: await seed(), network: "none", scripts: [] }, async (session) => {
      for (const tool of ["apt-get", "apt-ftparchive", "mmdebstrap", "python3", "xz"]) {
        expect(await session.run("looking", ["sh", "-c", `command -v ${tool}`])).toContain(tool);
      }
      const bundle = context.environment.caBundle === undefined ? "" : "/lab/ca.pem";
      expect((await session.run("looking", ["sh", "-c", 'echo "$SSL_CERT_FILE"'])).trim()).toBe(bundle);
      await expect(session.run("doing this", ["sh", "-c", "echo why >&2; exit 3"])).rejects.toMatchObject({
        message: expect.stringContaining("doing this failed"),
        details: ["why"],
      });
    });
    expect(await context.leftContainers()).toBe(0);
  });

  it("is not started for work that is already cancelled", async () => {
    const signal = AbortSignal.abort();
    const started = withSeed(
      { ...context, signal },
      { image: await seed(), network: "none", scripts: [] },
      async () => 1,
    );
    await expect(started).rejects.toMatchObject({ code: "interrupted" });
  });

  it("is not worked in when Ctrl-C comes while its container is created", async () => {
    const controller = new AbortController();
    const { containers } = context.engine;
    const create: typeof containers.create = async (spec) => {
      const container = await containers.create(spec);
      controller.abort();
      return container;
    };
    const engine = { ...context.engine, containers: { ...containers, create } };
    const options = { image: await seed(), network: "none", scripts: [] } as const;
    let worked = false;
    const working = withSeed({ ...context, engine, signal: controller.signal }, options, async () => {
      worked = true;
    });
    await expect(working).rejects.toMatchObject({ code: "interrupted" });
    expect(worked).toBe(false);
    expect(await context.leftContainers()).toBe(0);
  });

  it("names all three ways when none is open", async () => {
    const maker = await seedMaker("/nowhere");
    expect(maker).toMatchObject({ reason: expect.any(String) });
    const environment = { ...context.environment, seedImage: "localhost/majek-lab/absent:1" };
    const tag = "localhost/majek-lab/seed:never";
    const failing = ensureSeed(context.engine, environment, context.progress, undefined, {
      tag,
      mmdebstrap: "/nowhere",
    });
    await expect(failing).rejects.toMatchObject({
      code: "engine",
      details: [
        expect.stringContaining("made earlier"),
        expect.stringContaining("localhost/majek-lab/absent:1 is not on this engine"),
        expect.stringContaining("mmdebstrap on this machine"),
      ],
    });
    expect(await context.engine.images.inspect(tag)).toBeUndefined();
  });
});
