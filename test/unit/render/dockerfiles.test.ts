import { describe, expect, it } from "vitest";
import type { BuildContext } from "../../../src/model/context.js";
import { planLab } from "../../../src/plan/plan.js";
import { renderInterpreter } from "../../../src/render/interpreter.js";
import { renderLab } from "../../../src/render/lab.js";
import { renderProbe } from "../../../src/render/probe.js";
import { renderStandalone } from "../../../src/render/standalone.js";
import { python, request } from "../plan/fixtures.js";
import { golden, TREES, templates, treeFile } from "./fixtures.js";

/** Every context of a lab, by the name of its golden file. */
async function contexts(lab: string, sdist = false): Promise<Record<string, BuildContext>> {
  const wanted = await request(lab);
  const lock = { ...wanted.inputs.lock };
  if (sdist) lock.python = [...lock.python, python("cffi-2.0.0.tar.gz", "sdist")];
  const plan = planLab({ ...wanted, inputs: { ...wanted.inputs, lock } });
  const all = templates();
  const interpreters = plan.images.map(({ interpreter }) => renderInterpreter(all, interpreter, plan.builder));
  const [stock, patched] = interpreters;
  const variant = plan.variants.at(-1);
  if (stock === undefined || variant === undefined) throw new Error("nothing is planned");
  return {
    stock,
    ...(patched === undefined ? {} : { patched }),
    lab: renderLab(all, plan, stock, TREES),
    standalone: renderStandalone(all, plan, variant, TREES),
    probe: renderProbe(all, plan.builder, [
      treeFile("Makefile"),
      treeFile("build/majek-probe"),
      treeFile("src/main.c"),
      treeFile("tests/run.c"),
    ]),
  };
}

const FLAGSHIP = "labs/django-8workers";
const MINIMAL = "test/fixtures/labs/minimal";

const paths = (context: BuildContext | undefined): string[] => context?.files.map(({ path }) => path) ?? [];

describe("Dockerfiles (after a change: npx vitest run --project unit -u, and read the diff)", () => {
  it.each(["stock", "patched", "lab", "standalone", "probe"])("%s", async (name) => {
    await expect((await contexts(FLAGSHIP))[name]?.dockerfile).toMatchFileSnapshot(golden(`${name}.Dockerfile`));
  });

  it.each([
    "lab",
    "standalone",
  ])("%s with a package that exists only as source, and nothing to prepare", async (name) => {
    const { dockerfile } = (await contexts(MINIMAL, true))[name] ?? {};
    await expect(dockerfile).toMatchFileSnapshot(golden(`${name}-sdist.Dockerfile`));
  });

  it("are built alone, by any builder", async () => {
    for (const { dockerfile } of Object.values(await contexts(FLAGSHIP, true))) {
      expect(dockerfile).not.toMatch(/^# *syntax=|<<|--mount|--link|ADD https?:/m);
      const stages = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)/gm)].map(([, name]) => name);
      for (const [, name] of dockerfile.matchAll(/--from=(\S+)/g)) expect(stages).toContain(name);
      for (const [, base] of dockerfile.matchAll(/^FROM (\S+)/gm)) expect(base).toBe("scratch");
    }
  });

  it("name inputs by folder only, so that a new lock does not change them", async () => {
    for (const context of Object.values(await contexts(FLAGSHIP, true))) {
      for (const { source } of context.files) {
        if (source.kind === "input") expect(context.dockerfile).not.toContain(source.file);
      }
    }
  });

  it("copy what the context holds", async () => {
    for (const context of Object.values(await contexts(FLAGSHIP, true))) {
      const names = [...context.dockerfile.matchAll(/^(?:ADD|COPY) (?!--from)(\S+) /gm)].map(([, name = ""]) => name);
      for (const name of names)
        expect(paths(context).some((path) => path === name || path.startsWith(name))).toBe(true);
      for (const path of paths(context))
        expect(names.some((name) => path === name || path.startsWith(name))).toBe(true);
    }
  });
});

describe("contexts", () => {
  it("hold what the lock, the patches and the folders give", async () => {
    const all = await contexts(FLAGSHIP, true);
    expect(paths(all["stock"])).toEqual(["builder.tar", "source/python3.13_3.13.5.orig.tar.xz"]);
    expect(all["patched"]?.files.find(({ path }) => path === "patches/series")?.source).toEqual({
      kind: "text",
      text: "0001-first.patch\n0002-second.patch\n",
    });
    expect(paths(all["lab"])).toEqual([
      "app/manage.py",
      "app/mysite/wsgi.py",
      "builder.tar",
      "harness/majek_harness/__main__.py",
      "python.tar",
      "sdists/cffi-2.0.0.tar.gz",
      "tools/pip-25.3-py3-none-any.whl",
      "wheels/django-5.2.8-py3-none-any.whl",
      "wheels/gunicorn-26.0.0-py3-none-any.whl",
    ]);
    expect(paths(all["probe"])).toEqual(["builder.tar", "probe/Makefile", "probe/src/main.c"]);
    expect(paths((await contexts(FLAGSHIP))["lab"])).toContain("base.tar");
  });

  it("have a key that follows the tree's inputs and nothing else", async () => {
    const wanted = await request();
    const keyOf = (change: (plan: ReturnType<typeof planLab>) => ReturnType<typeof planLab>, trees = TREES) => {
      const plan = change(planLab(wanted));
      const [image] = plan.images;
      if (image === undefined) throw new Error("no image");
      return renderLab(templates(), plan, renderInterpreter(templates(), image.interpreter, plan.builder), trees).key;
    };
    const key = keyOf((plan) => plan);
    expect(keyOf((plan) => ({ ...plan, labHash: "x", lockHash: "x", variants: [] }))).toBe(key);
    const others = [
      keyOf((plan) => ({ ...plan, base: { ...plan.base, key: "x" } })),
      keyOf((plan) => ({ ...plan, builder: { ...plan.builder, key: "x" } })),
      keyOf((plan) => ({ ...plan, python: plan.python.slice(1) })),
      keyOf((plan) => ({ ...plan, app: { ...plan.app, prepare: "other.py" } })),
      keyOf((plan) => plan, { ...TREES, app: [{ ...treeFile("manage.py"), sha256: "0" }, treeFile("mysite/wsgi.py")] }),
    ];
    expect(new Set([key, ...others]).size).toBe(6);
  });

  it.each(["../../etc/passwd", "/etc/passwd", "a\\b", "a/../b", ""])("refuse the path %j of a lock", async (file) => {
    const wanted = await request();
    const lock = { ...wanted.inputs.lock, python: [{ ...python("x-1-py3-none-any.whl"), file }] };
    const plan = planLab({ ...wanted, inputs: { ...wanted.inputs, lock } });
    const [image] = plan.images;
    if (image === undefined) throw new Error("no image");
    const interpreter = renderInterpreter(templates(), image.interpreter, plan.builder);
    expect(() => renderLab(templates(), plan, interpreter, TREES)).toThrow(expect.objectContaining({ code: "input" }));
  });
});
