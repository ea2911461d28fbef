import { expect, it } from "vitest";
import { planLab } from "../../../src/plan/plan.js";
import { imageConfig } from "../../../src/render/image-config.js";
import { request } from "../plan/fixtures.js";

it("the image's settings follow lock and interpreter, never the lab's load or variants", async () => {
  const plan = planLab(await request());
  const [stock, patched] = plan.images;
  if (stock === undefined || patched === undefined) throw new Error("two images are planned");
  const config = imageConfig(plan, stock);
  expect(config).toEqual({
    env: {
      PATH: "/opt/python/bin:/usr/local/bin:/usr/bin:/bin",
      PYTHONPATH: "/srv/lab/harness:/srv/lab/app:/srv/lab/lib",
      PYTHONDONTWRITEBYTECODE: "1",
      PYTHONHASHSEED: "0",
      LC_ALL: "C.UTF-8",
      TZ: "UTC",
    },
    user: "10001:10001",
    workdir: "/srv/lab/app",
    command: ["/opt/python/bin/python3", "-m", "majek_harness"],
    labels: {
      "org.majek-lab.lab": "django-8workers",
      "org.majek-lab.lock": plan.lockHash,
      "org.majek-lab.python": "3.13",
    },
    platform: "linux/amd64",
  });
  expect(imageConfig({ ...plan, labHash: "other", variants: [] }, stock)).toEqual(config);
  expect(imageConfig(plan, patched)).not.toEqual(config);
});

it("an image of Python 2 starts the harness with its own interpreter", async () => {
  const plan = planLab(await request());
  const [stock] = plan.images;
  if (stock === undefined) throw new Error("two images are planned");
  const image = { ...stock, interpreter: { ...stock.interpreter, minor: "2.7" } };
  expect(imageConfig(plan, image).command).toEqual(["/opt/python/bin/python2", "-m", "majek_harness"]);
});
