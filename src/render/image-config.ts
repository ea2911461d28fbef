import { FLEET_USER, isPython2, LAYOUT } from "../model/guest.js";
import type { ImageConfig } from "../model/image.js";
import type { ImagePlan, LabPlan } from "../model/plan.js";

/**
 * Run-time settings of a lab's image. They hold nothing that a variant, the load or the fleet's size decides: those come
 * as variables of the container, so that changing them builds nothing.
 */
export function imageConfig(plan: LabPlan, image: ImagePlan): ImageConfig {
  const { lab, prefix } = LAYOUT;
  const python = isPython2(image.interpreter.minor) ? "python2" : "python3";
  return {
    env: {
      PATH: `${prefix}/bin:/usr/local/bin:/usr/bin:/bin`,
      PYTHONPATH: `${lab}/harness:${lab}/app:${lab}/lib`,
      PYTHONDONTWRITEBYTECODE: "1",
      // Equal runs lay out equal dictionaries.
      PYTHONHASHSEED: "0",
      LC_ALL: "C.UTF-8",
      TZ: "UTC",
    },
    user: FLEET_USER,
    workdir: `${lab}/app`,
    command: [`${prefix}/bin/${python}`, "-m", "majek_harness"],
    labels: {
      "org.majek-lab.lab": plan.lab,
      "org.majek-lab.lock": plan.lockHash,
      "org.majek-lab.python": image.interpreter.id,
    },
    platform: plan.platform,
  };
}

/** Run-time settings of the probe's image. */
export function probeConfig({ platform }: Pick<LabPlan, "platform">): ImageConfig {
  return {
    env: {},
    user: "0:0",
    workdir: "/",
    command: [LAYOUT.probeProgram],
    labels: { "org.majek-lab.role": "probe" },
    platform,
  };
}

/** `localhost/`: no engine ever looks such a name up elsewhere. @param key - of the probe's context */
export function probeTag(key: string): string {
  return `localhost/majek-lab/probe:${key.slice(0, 12)}`;
}
